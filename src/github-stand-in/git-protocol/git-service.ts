import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Accounts, User } from "../accounts.js";
import type { StandInSettings } from "../control/settings.js";
import { answerInstead, changesOf } from "../graphql/fault-answer.js";
import type { HttpAnswer } from "../graphql/github-error.js";
import { CANNED_ANSWERS } from "../http/canned-answers.js";
import type { FaultAnswer, Faults } from "../http/fault.js";
import type { RequestLog } from "../http/request-log.js";
import { planGitDelay } from "../limits/latency.js";
import {
  isVisibleTo,
  nameWithOwner,
  type RepositoryDirectory,
  type StandInRepository,
} from "../repository-directory.js";
import type { Random } from "../seeded-random.js";
import { answerWithCommits, hasCommitsAlone } from "./commits-alone.js";
import {
  badToken,
  disabled,
  movedTo,
  noSuchRepository,
  notForYou,
  whoAreYou,
} from "./git-answers.js";
import { type GitCommand, type GitPath, readCommand, readGitBody } from "./git-request.js";
import { spoil } from "./pack-fault.js";
import { type Sent, sendPieces } from "./send-pieces.js";
import { UploadPackProcesses } from "./upload-pack-process.js";

export interface GitServiceParts {
  readonly accounts: Accounts;
  readonly directory: RepositoryDirectory;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly settings: () => StandInSettings;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly gitHubNow: () => number;
  /** Aborts when the stand-in stops. */
  readonly signal: AbortSignal;
}

interface Exchange {
  readonly path: GitPath;
  readonly command: GitCommand;
  readonly body: Buffer;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly fault: FaultAnswer | null;
}

/** GitHub's git server: who asks, faults, then git's own `upload-pack` on the repository itself. */
export class GitService {
  readonly #processes = new UploadPackProcesses();

  constructor(private readonly parts: GitServiceParts) {}

  async answer(path: GitPath, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults, log, now } = this.parts;
    const at = now();
    const startedAt = performance.now();
    const body = await readGitBody(request);
    const command = readCommand(path, body);
    const { operationName, ...variables } = command;
    const user = this.#userOf(request);
    const name = nameWithOwner(path);
    const text = JSON.stringify({ name, ...command });
    const login = user?.login ?? "";
    const fault = faults.take({ operationName, login, text, names: () => [name] });
    const exchange = { path, command, body, request, response, fault };
    const sent = await this.#send(exchange, user);
    log.add({
      ...{ at, operationName, variables: { repository: name, ...variables } },
      ...{ user: user?.login ?? null, cost: 0, ...sent },
      ms: performance.now() - startedAt,
    });
  }

  /** Closes what runs. */
  close(): Promise<void> {
    return this.#processes.close();
  }

  #userOf({ headers }: IncomingMessage): User | null {
    const [, basic = ""] = /^basic (\S+)$/i.exec(headers.authorization ?? "") ?? [];
    const [name = "", password = ""] = Buffer.from(basic, "base64").toString("utf8").split(":");
    const { accounts } = this.parts;
    return accounts.userOfToken(password) ?? accounts.userOfToken(name);
  }

  async #send(exchange: Exchange, user: User | null): Promise<Sent> {
    const { fault, response } = exchange;
    if (fault === "hang") return { status: 0, bytes: 0 };
    if (fault === "reset") {
      exchange.request.socket.resetAndDestroy();
      return { status: 0, bytes: 0 };
    }
    const found = this.#find(exchange, user);
    const answer = this.#instead(exchange) ?? ("status" in found ? found : null);
    if (answer !== null) return sendWhole(response, answer);
    return await this.#serve(exchange, found as StandInRepository);
  }

  #instead({ fault }: Exchange): HttpAnswer | null {
    const nowMs = this.parts.gitHubNow();
    const primaryLimited = () => CANNED_ANSWERS["secondary-429"]("", nowMs);
    const outcome = answerInstead(fault, { requestId: "", nowMs, primaryLimited });
    return outcome !== null && "answer" in outcome ? outcome.answer : null;
  }

  /** What is asked for, or what GitHub says in its place: what may not be seen looks like what is not there. */
  #find({ path, request }: Exchange, user: User | null): StandInRepository | HttpAnswer {
    const hasTried = request.headers.authorization !== undefined;
    if (user === null && hasTried) return badToken();
    const repository = this.parts.directory.findByName(nameWithOwner(path));
    if (repository === null || !isVisibleTo(repository, user?.login ?? "")) {
      return user === null ? whoAreYou() : noSuchRepository();
    }
    if (repository.refusal !== null) return notForYou();
    if (repository.isDisabled) return disabled();
    const name = nameWithOwner(repository);
    if (name.toLowerCase() === nameWithOwner(path).toLowerCase()) return repository;
    const rest = (request.url ?? "").replace(/^\/[^/]+\/[^/]+/, "");
    return movedTo(`http://${request.headers.host}/${name}.git${rest}`);
  }

  async #serve(exchange: Exchange, { gitDir }: StandInRepository): Promise<Sent> {
    const { path, command, body, request, response, fault } = exchange;
    const { settings, random, signal } = this.parts;
    const plan = planGitDelay(settings().latency, command.operationName, random);
    const delayMs = plan.ms + changesOf(fault).delayMs;
    if (delayMs > 0) await delay(delayMs, undefined, { signal }).catch(() => {});
    const isObject = typeof fault === "object" && fault !== null;
    const packFault = isObject && "pack" in fault ? fault.pack : null;
    const protocol = String(request.headers["git-protocol"] ?? "");
    const [oid] = command.filter === "tree:0" && packFault === null ? command.wants : [];
    const pieces =
      oid !== undefined && (await hasCommitsAlone(gitDir, oid))
        ? answerWithCommits(gitDir, command)
        : this.#processes.answer(gitDir, path.kind, { body, protocol, fault: packFault });
    const type = path.kind === "service" ? "result" : "advertisement";
    const isWebPage = packFault === "web-page";
    response.writeHead(200, {
      "content-type": isWebPage ? "text/html" : `application/x-git-upload-pack-${type}`,
      "cache-control": "no-cache, max-age=0, must-revalidate",
    });
    return await sendPieces(response, pieces, {
      signal,
      bytesPerSecond:
        isObject && "bytesPerSecond" in fault ? fault.bytesPerSecond : plan.bytesPerSecond,
      change: packFault === null ? null : (whole) => spoil(whole, packFault),
      half: fault === "cut" || fault === "stall" ? fault : null,
    });
  }
}

function sendWhole(response: ServerResponse, { status, headers, body }: HttpAnswer): Sent {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, "content-length": bytes.length });
  response.end(bytes);
  return { status, bytes: bytes.length };
}
