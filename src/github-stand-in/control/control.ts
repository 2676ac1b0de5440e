import type { UserSpec } from "../accounts.js";
import type { CommitSpec } from "../git/git-write.js";
import type { Fault } from "../http/fault.js";
import type { LoggedRequest, OperationCount } from "../http/request-log.js";
import type { UseReport } from "../limits/use-record.js";
import type { RepositoryFlags } from "../repository-directory.js";
import type { StandInSettings } from "./settings.js";

export interface RepositorySpec extends Partial<RepositoryFlags> {
  readonly owner: string;
  readonly name: string;
  /** An existing bare repository, only read unless commits are pushed; default: a new empty one. */
  readonly gitDir?: string;
  /** Default: the next free one. */
  readonly databaseId?: number;
  /** Of a new repository; default `main`. */
  readonly defaultBranch?: string;
  /** ISO 8601; default now. */
  readonly createdAt?: string;
}

export interface RepositoryFacts {
  /** Node id in the new form. */
  readonly id: string;
  readonly databaseId: number;
  readonly nameWithOwner: string;
  readonly gitDir: string;
  readonly defaultBranch: string;
  /** Of the default branch; null when empty. */
  readonly headOid: string | null;
}

export interface ForcePushOptions {
  /** Also takes away what no ref leads to any more; GitHub normally keeps it for long. */
  readonly prune?: boolean;
}

export interface Budget {
  /** Points an hour. */
  readonly limit?: number;
  readonly remaining?: number;
  readonly resetInMs?: number;
}

/**
 * What a test does to this GitHub. Repositories are named `owner/name`, now or formerly. The same
 * verbs are served as `POST /_control/<verb>` with a JSON array of the arguments.
 */
export interface GitHubStandInControl {
  addRepository(spec: RepositorySpec): Promise<RepositoryFacts>;
  describeRepository(repository: string): Promise<RepositoryFacts>;
  /** Commits on top of a branch (default: the default branch) and pushes them at once; their oids. */
  commit(repository: string, commits: readonly CommitSpec[], branch?: string): Promise<string[]>;
  /** Writes commits that no branch leads to, to be pushed later; their oids. */
  writeCommits(repository: string, commits: readonly CommitSpec[]): Promise<string[]>;
  /** Rejects unless the branch's head is an ancestor of the oid. */
  push(repository: string, branch: string, oid: string): Promise<void>;
  forcePush(
    repository: string,
    branch: string,
    oid: string,
    options?: ForcePushOptions,
  ): Promise<void>;
  deleteBranch(repository: string, branch: string): Promise<void>;
  setDefaultBranch(repository: string, branch: string): Promise<void>;
  /** The old name redirects from then on; the id stays. */
  rename(repository: string, name: string): Promise<RepositoryFacts>;
  transfer(repository: string, owner: string): Promise<RepositoryFacts>;
  /** The names it had are free again; a repository made under one of them has another id. */
  deleteRepository(repository: string): Promise<void>;
  setFlags(repository: string, flags: Partial<RepositoryFlags>): Promise<void>;
  addUser(user: UserSpec): Promise<void>;
  revokeToken(token: string): Promise<void>;
  /** Commits with this e-mail are shown as the account's. */
  linkEmail(email: string, login: string): Promise<void>;
  setBudget(login: string, budget: Budget): Promise<void>;
  configure(settings: Partial<StandInSettings>): Promise<void>;
  /** Its id, for `clearFaults`. */
  injectFault(fault: Fault): Promise<number>;
  /** All of them, or one. */
  clearFaults(id?: number): Promise<void>;
  /** The latest 20,000, oldest first. */
  listRequests(operationName?: string): Promise<LoggedRequest[]>;
  /** Of all requests, by operation name ("" for those without). */
  countOperations(): Promise<Record<string, OperationCount>>;
  /** What was used of this GitHub and what it refused since its start or the last `reset`. */
  readUse(): Promise<UseReport>;
  /** Forgets the requests, the faults and what was used of every limit; keeps repositories and users. */
  reset(): Promise<void>;
}

export const CONTROL_VERBS = [
  "addRepository",
  "describeRepository",
  "commit",
  "writeCommits",
  "push",
  "forcePush",
  "deleteBranch",
  "setDefaultBranch",
  "rename",
  "transfer",
  "deleteRepository",
  "setFlags",
  "addUser",
  "revokeToken",
  "linkEmail",
  "setBudget",
  "configure",
  "injectFault",
  "clearFaults",
  "listRequests",
  "countOperations",
  "readUse",
  "reset",
] as const satisfies readonly (keyof GitHubStandInControl)[];

export type ControlVerb = (typeof CONTROL_VERBS)[number];

export function isControlVerb(text: string): text is ControlVerb {
  return (CONTROL_VERBS as readonly string[]).includes(text);
}
