import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UserSpec } from "./accounts.js";
import { Accounts } from "./accounts.js";
import type { Budget, GitHubStandInControl } from "./control/control.js";
import { createRepositoryControl } from "./control/repository-control.js";
import type { StandInSettings } from "./control/settings.js";
import { DEFAULT_SETTINGS } from "./control/settings.js";
import { GitStore } from "./git/git-store.js";
import { GitService } from "./git-protocol/git-service.js";
import { loadGitHubSchema } from "./graphql/github-schema.js";
import { QueryPreparation } from "./graphql/query-preparation.js";
import { QueryService } from "./graphql/query-service.js";
import { Faults } from "./http/fault.js";
import { createStandInServer } from "./http/http-server.js";
import { RequestLog } from "./http/request-log.js";
import { readWindow } from "./limits/rate-limit.js";
import { UseRecord } from "./limits/use-record.js";
import { nameWithOwner, RepositoryDirectory } from "./repository-directory.js";
import { seededRandom } from "./seeded-random.js";

export interface GitHubStandInOptions extends Partial<StandInSettings> {
  /** Default: any free one. */
  readonly port?: number;
  /** Default: one user, `octocat`, with the token `stand-in-token`. */
  readonly users?: readonly UserSpec[];
  /** Milliseconds since 1970; moves the rate limits' windows. Default: the machine's clock. */
  readonly now?: () => number;
  /** Of the times that are drawn between two bounds. Default 1. */
  readonly seed?: number;
}

export interface GitHubStandIn extends GitHubStandInControl {
  /** Without a slash at its end: GraphQL is at `<url>/graphql`, the git protocol at `<url>/OWNER/NAME.git`. */
  readonly url: string;
  readonly port: number;
  /** Closes every connection and ends every git process; removes the repositories it made itself. */
  stop(): Promise<void>;
}

export const STAND_IN_TOKEN = "stand-in-token";
const DEFAULT_USERS: readonly UserSpec[] = [
  { login: "octocat", databaseId: 583_231, tokens: [STAND_IN_TOKEN] },
];

/** GitHub's GraphQL API and its git server over real git repositories, on a loopback port. */
export async function startGitHubStandIn({
  port = 0,
  users = DEFAULT_USERS,
  now = Date.now,
  seed = 1,
  ...given
}: GitHubStandInOptions = {}): Promise<GitHubStandIn> {
  const schema = await loadGitHubSchema();
  const folder = await mkdtemp(join(tmpdir(), "github-stand-in-"));
  const accounts = new Accounts();
  for (const user of users) accounts.addUser(user);
  const directory = new RepositoryDirectory();
  const git = new GitStore();
  const faults = new Faults();
  const log = new RequestLog();
  const used = new UseRecord();
  const stopping = new AbortController();
  let settings: StandInSettings = { ...DEFAULT_SETTINGS, ...given };
  const configure = (changes: Partial<StandInSettings>) => {
    settings = { ...settings, ...changes };
  };
  const gitHubNow = () => now() + settings.clockAheadMs;
  const random = seededRandom(seed);
  const gitService = new GitService({
    ...{ accounts, directory, faults, log, now, gitHubNow, random },
    settings: () => settings,
    signal: stopping.signal,
  });
  const preparation = new QueryPreparation(schema);
  const service = new QueryService({
    ...{ schema, preparation, accounts, directory, git, faults, log, used, now, gitHubNow },
    settings: () => settings,
    random,
  });
  const control: GitHubStandInControl = {
    ...createRepositoryControl({ directory, git, folder, now: gitHubNow }),
    ...createServiceControl({ accounts, directory, faults, log, used, configure, now: gitHubNow }),
  };
  const server = createStandInServer({
    answerQuery: (request) => service.answer(request),
    answerGit: (path, request, response) => gitService.answer(path, request, response),
    control,
    now: gitHubNow,
    signal: stopping.signal,
  });
  const remove = () => rm(folder, { recursive: true, force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    ...control,
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    stop: async () => {
      stopping.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await gitService.close();
      git.close();
      await remove();
    },
  };
}

interface ServiceControlParts {
  readonly accounts: Accounts;
  readonly directory: RepositoryDirectory;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly used: UseRecord;
  readonly configure: (changes: Partial<StandInSettings>) => void;
  readonly now: () => number;
}

type ServiceVerbs = Omit<GitHubStandInControl, keyof ReturnType<typeof createRepositoryControl>>;

/** The verbs about users, limits, faults and the log. */
function createServiceControl(parts: ServiceControlParts): ServiceVerbs {
  const { accounts, directory, faults, log, used, configure, now } = parts;
  const nameOf = (databaseId: number) => {
    const found = directory.findById(databaseId);
    return found && nameWithOwner(found);
  };
  return {
    addUser: async (user) => void accounts.addUser(user),
    revokeToken: async (token) => accounts.revokeToken(token),
    linkEmail: async (email, login) => accounts.linkEmail(email, login),
    setBudget: async (login, budget) => setBudget(accounts, login, budget, now()),
    configure: async (changes) => configure(changes),
    injectFault: async (fault) => faults.inject(fault),
    clearFaults: async (id) => faults.clear(id),
    listRequests: async (operationName) => log.list(operationName),
    countOperations: async () => log.counts(),
    readUse: async () => used.report(nameOf),
    reset: async () => {
      faults.clear();
      log.clear();
      used.clear();
      accounts.resetUse();
    },
  };
}

function setBudget(accounts: Accounts, login: string, budget: Budget, nowMs: number): void {
  const { points } = accounts.getUser(login);
  const before = readWindow(points, nowMs);
  points.limit = budget.limit ?? points.limit;
  points.used =
    budget.remaining === undefined ? before.used : Math.max(0, points.limit - budget.remaining);
  points.resetAtMs = budget.resetInMs === undefined ? before.resetAtMs : nowMs + budget.resetInMs;
}
