import { setTimeout as delay } from "node:timers/promises";
import type { GraphQLSchema } from "graphql";
import { execute } from "graphql";
import type { Accounts, User } from "../accounts.js";
import type { StandInSettings } from "../control/settings.js";
import type { GitStore } from "../git/git-store.js";
import type { CannedName } from "../http/canned-answers.js";
import {
  badCredentials,
  CANNED_ANSWERS,
  problemsParsingJson,
  secondaryLimit,
  unauthenticated,
} from "../http/canned-answers.js";
import type { FaultAnswer, Faults } from "../http/fault.js";
import type { RequestLog } from "../http/request-log.js";
import { planDelay } from "../limits/latency.js";
import type { QueryCost } from "../limits/query-cost.js";
import { measureQuery } from "../limits/query-cost.js";
import { charge, primaryLimitError, rateHeaders, readWindow } from "../limits/rate-limit.js";
import { admit, recordResponse } from "../limits/secondary-limit.js";
import type { RepositoryDirectory } from "../repository-directory.js";
import type { HttpAnswer } from "./github-error.js";
import { jsonAnswer, nodeLimitExceeded, queryRefusal, toWireError } from "./github-error.js";
import { resolveProperty } from "./github-schema.js";
import { namesAskedFor } from "./names-asked-for.js";
import type { QueryContext } from "./query-context.js";
import type { Query, QueryBody, QueryPreparation } from "./query-preparation.js";
import { onlyRateLimit, parseBody } from "./query-preparation.js";

const NODES_MAX = 500_000;

export interface QueryRequest {
  readonly authorization: string | undefined;
  readonly wantsNewIds: boolean;
  /** Null when it was too large: GitHub cuts it and then misses the query in it. */
  readonly text: string | null;
  readonly requestId: string;
  /** Aborts when the stand-in stops. */
  readonly signal: AbortSignal;
}

export type Outcome =
  | { readonly kind: "answer"; readonly answer: HttpAnswer }
  /** Half of the answer, then the connection is closed. */
  | { readonly kind: "cut"; readonly answer: HttpAnswer }
  | { readonly kind: "hang" }
  | { readonly kind: "reset" };

export interface QueryServiceParts {
  readonly schema: GraphQLSchema;
  readonly preparation: QueryPreparation;
  readonly accounts: Accounts;
  readonly directory: RepositoryDirectory;
  readonly git: GitStore;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly settings: () => StandInSettings;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What one request is known by on its way through. */
interface Exchange {
  readonly request: QueryRequest;
  readonly user: User;
  readonly body: QueryBody;
  readonly fault: FaultAnswer | null;
  cost: number;
}

/** Answers GraphQL requests as GitHub does: who asks, faults, limits, price, execution, delay. */
export class QueryService {
  constructor(private readonly parts: QueryServiceParts) {}

  async answer(request: QueryRequest): Promise<Outcome> {
    const { accounts, preparation, faults, log, now } = this.parts;
    const at = now();
    const startedAt = performance.now();
    const token = /^(?:bearer|token) (\S+)$/i.exec(request.authorization ?? "")?.[1];
    const user = token === undefined ? null : accounts.userOfToken(token);
    const body = parseBody(request.text);
    const operationName = body && preparation.operationNameOf(body);
    let cost = 0;
    let outcome: Outcome;
    if (user === null) {
      outcome = answered(token === undefined ? unauthenticated() : badCredentials());
    } else if (body === null) {
      outcome = answered(problemsParsingJson());
    } else {
      const text = request.text ?? "";
      const names = () => {
        const prepared = preparation.prepare(body);
        return prepared.kind === "query" ? namesAskedFor(prepared.query) : [];
      };
      const fault = faults.take({ operationName, login: user.login, text, names });
      const exchange: Exchange = { request, user, body, fault, cost };
      outcome = this.#instead(exchange) ?? (await this.#admitted(exchange));
      cost = exchange.cost;
    }
    const answer = "answer" in outcome ? outcome.answer : null;
    log.add({
      at,
      operationName,
      variables: body?.variables ?? null,
      user: user?.login ?? null,
      status: answer?.status ?? 0,
      cost,
      bytes: Buffer.byteLength(answer?.body ?? ""),
      ms: performance.now() - startedAt,
    });
    return outcome;
  }

  /** What a fault answers without looking at the query; null when the query is to be run. */
  #instead({ fault, user, request }: Exchange): Outcome | null {
    const nowMs = this.parts.now();
    if (fault === "hang" || fault === "reset") return { kind: fault };
    if (fault === null || fault === "cut" || fault === "stale-replica") return null;
    if (typeof fault === "string") return answered(canned(fault, request.requestId, nowMs));
    if ("status" in fault) {
      const { status, headers = {}, body = "" } = fault;
      if (typeof body !== "string") return answered(jsonAnswer(status, body, headers));
      return answered({ status, headers, body });
    }
    if ("primaryLimit" in fault) {
      const { remaining } = fault.primaryLimit;
      return answered(this.#primaryLimited(user, { ...readWindow(user.points, nowMs), remaining }));
    }
    return null;
  }

  async #admitted(exchange: Exchange): Promise<Outcome> {
    const { secondary } = exchange.user;
    const { secondaryLimits, secondaryForm } = this.parts.settings();
    const nowMs = this.parts.now();
    const waitMs = secondaryLimits === null ? 0 : admit(secondary, secondaryLimits, nowMs);
    if (waitMs > 0) return answered(secondaryLimit(secondaryForm, waitMs, nowMs));
    const startedAt = performance.now();
    secondary.inFlight += 1;
    try {
      return await this.#priced(exchange);
    } finally {
      secondary.inFlight -= 1;
      recordResponse(secondary, performance.now() - startedAt, this.parts.now());
    }
  }

  async #priced(exchange: Exchange): Promise<Outcome> {
    const { user, body } = exchange;
    const { schema, preparation, now } = this.parts;
    const window = readWindow(user.points, now());
    const prepared = preparation.prepare(body);
    if (prepared.kind === "refused") {
      return answered(withHeaders(prepared.answer, rateHeaders(window)));
    }
    const { document, operation, coerced } = prepared.query;
    const cost = measureQuery({ schema, document, operation, variables: coerced });
    const isCharged = !cost.isFree && !cost.isDryRun;
    if (isCharged && window.remaining === 0) return answered(this.#primaryLimited(user, window));
    if (cost.nodeCount > NODES_MAX && !cost.isDryRun) {
      const answer = queryRefusal(nodeLimitExceeded(cost.nodeCount));
      return answered(withHeaders(answer, rateHeaders(window)));
    }
    const query = cost.isDryRun ? onlyRateLimit(prepared.query) : prepared.query;
    if (isCharged) exchange.cost = cost.cost;
    return this.#run(exchange, query, cost);
  }

  async #run(exchange: Exchange, query: Query, cost: QueryCost): Promise<Outcome> {
    const { schema, settings, now } = this.parts;
    const { user, request, fault } = exchange;
    const snapshot = charge(user.points, exchange.cost, now());
    const context = this.#context(exchange, { ...snapshot, ...cost });
    const result = await execute({
      schema,
      document: query.document,
      operationName: query.operation.name?.value ?? null,
      variableValues: query.variables,
      contextValue: context,
      fieldResolver: resolveProperty,
    });
    const { latency } = settings();
    const { ms, isOverWall } = planDelay(latency, {
      repositories: context.repositoriesRead.size,
      gitRepositories: context.gitRepositoriesRead.size,
    });
    const delayMs = ms + (isObject(fault) && "delayMs" in fault ? fault.delayMs : 0);
    if (delayMs > 0 && !(await waited(delayMs, request.signal))) return { kind: "reset" };
    if (isOverWall) {
      const points = latency?.wallPoints ?? 0;
      exchange.cost += points;
      charge(user.points, points, now());
      return answered(canned(latency?.wallAnswer ?? "timeout-502-json", request.requestId, now()));
    }
    const body = {
      data: result.data,
      ...(result.errors && { errors: result.errors.map(toWireError) }),
    };
    const answer = jsonAnswer(200, body, rateHeaders(snapshot));
    return { kind: fault === "cut" ? "cut" : "answer", answer };
  }

  #context({ user, request, fault }: Exchange, rateLimit: QueryContext["rateLimit"]): QueryContext {
    const { accounts, directory, git, settings } = this.parts;
    return {
      viewer: user,
      wantsNewIds: request.wantsNewIds,
      accounts,
      directory,
      git,
      cursorMode: settings().cursorMode,
      rateLimit,
      fieldFaults: isObject(fault) && "fieldError" in fault ? [fault.fieldError] : [],
      historyItemsMax: isObject(fault) && "historyItemsMax" in fault ? fault.historyItemsMax : null,
      isStale: fault === "stale-replica",
      repositoriesRead: new Set(),
      gitRepositoriesRead: new Set(),
    };
  }

  #primaryLimited(user: User, window: ReturnType<typeof readWindow>): HttpAnswer {
    const error = primaryLimitError(this.parts.settings().primaryForm, user.databaseId);
    return withHeaders(queryRefusal(error), rateHeaders(window));
  }
}

/** False when the stand-in stopped meanwhile. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

function canned(name: CannedName, requestId: string, nowMs: number): HttpAnswer {
  return CANNED_ANSWERS[name](requestId, nowMs);
}

function answered(answer: HttpAnswer): Outcome {
  return { kind: "answer", answer };
}

function withHeaders(answer: HttpAnswer, headers: Readonly<Record<string, string>>): HttpAnswer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
