import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { createBareRepository } from "../../git/bare-repository.js";
import { runGit } from "../../git/git-process.js";
import { findRef, readDefaultBranch } from "../git/git-refs.js";
import type { GitStore } from "../git/git-store.js";
import { pruneUnreachable, setBranch, setDefaultBranch, writeCommits } from "../git/git-write.js";
import { repositoryId } from "../graphql/node-id.js";
import type {
  RepositoryDirectory,
  RepositoryFlags,
  StandInRepository,
} from "../repository-directory.js";
import { nameWithOwner } from "../repository-directory.js";
import type { GitHubStandInControl, RepositoryFacts, RepositorySpec } from "./control.js";

type RepositoryVerbs = Pick<
  GitHubStandInControl,
  | "addRepository"
  | "describeRepository"
  | "commit"
  | "writeCommits"
  | "push"
  | "forcePush"
  | "deleteBranch"
  | "setDefaultBranch"
  | "rename"
  | "transfer"
  | "deleteRepository"
  | "setFlags"
>;

interface RepositoryControlParts {
  readonly directory: RepositoryDirectory;
  readonly git: GitStore;
  /** Where new repositories are made. */
  readonly folder: string;
  readonly now: () => number;
}

/** The verbs that change repositories. Calls for one repository take effect in the order they were made. */
export function createRepositoryControl(parts: RepositoryControlParts): RepositoryVerbs {
  const { directory, git, now } = parts;
  const inTurn = createTurns();
  const timestamp = () => new Date(now()).toISOString().replace(/\.\d{3}Z$/, "Z");
  /** Moves a branch as a push does; null deletes it. */
  const move = async (repository: StandInRepository, branch: string, oid: string | null) => {
    const { gitDir, databaseId, pushedAt } = repository;
    const before = findRef(gitDir, `refs/heads/${branch}`)?.oid ?? null;
    await setBranch(gitDir, branch, oid);
    const beforeLastPush = { branch, oid: before, pushedAt };
    directory.change(databaseId, { pushedAt: timestamp(), beforeLastPush });
  };

  const change = <Result>(
    name: string,
    work: (repository: StandInRepository) => Result | Promise<Result>,
  ): Promise<Result> => {
    const { databaseId } = directory.get(name);
    return inTurn(databaseId, async () => work(directory.get(name)));
  };
  const verbs = {
    addRepository: (spec: RepositorySpec) => addRepository(spec, parts, timestamp()),
    describeRepository: async (name: string) => describe(directory.get(name)),
    commit: async (name, commits, branch) =>
      change(name, async (repository) => {
        const { gitDir } = repository;
        const target = branch ?? readDefaultBranch(gitDir);
        const head = findRef(gitDir, `refs/heads/${target}`)?.oid ?? null;
        const oids = await writeCommits(gitDir, commits, head, now());
        const last = oids.at(-1);
        if (last !== undefined) await move(repository, target, last);
        return oids;
      }),
    writeCommits: async (name, commits) =>
      change(name, ({ gitDir }) => {
        const head = findRef(gitDir, `refs/heads/${readDefaultBranch(gitDir)}`)?.oid ?? null;
        return writeCommits(gitDir, commits, head, now());
      }),
    push: async (name, branch, oid) =>
      change(name, async (repository) => {
        const { gitDir } = repository;
        const head = findRef(gitDir, `refs/heads/${branch}`)?.oid;
        if (head) await refuseRewrite(gitDir, head, oid);
        await move(repository, branch, oid);
      }),
    forcePush: async (name, branch, oid, options = {}) =>
      change(name, async (repository) => {
        await move(repository, branch, oid);
        if (options.prune !== true) return;
        await pruneUnreachable(repository.gitDir);
        git.forget(repository.gitDir);
      }),
    deleteBranch: async (name, branch) =>
      change(name, (repository) => move(repository, branch, null)),
    setDefaultBranch: async (name, branch) =>
      change(name, ({ gitDir }) => setDefaultBranch(gitDir, branch)),
    rename: async (name, newName) =>
      change(name, ({ databaseId }) => describe(directory.change(databaseId, { name: newName }))),
    transfer: async (name, owner) =>
      change(name, ({ databaseId }) => describe(directory.change(databaseId, { owner }))),
    deleteRepository: async (name) =>
      change(name, ({ databaseId }) => directory.remove(databaseId)),
    setFlags: async (name, flags) =>
      change(name, (repository) => {
        const archivedAt = archivedAtAfter(repository, flags, timestamp());
        directory.change(repository.databaseId, { ...flags, archivedAt });
      }),
  } satisfies RepositoryVerbs;
  return verbs;
}

async function addRepository(
  { owner, name, gitDir: given, databaseId, defaultBranch, createdAt, ...flags }: RepositorySpec,
  { directory, folder }: RepositoryControlParts,
  at: string,
): Promise<RepositoryFacts> {
  if (directory.findByName(nameWithOwner({ owner, name }), false)) {
    throw new Error(`there is a repository ${owner}/${name} already`);
  }
  const gitDir = given ?? (await mkdtemp(join(folder, "repository-")));
  if (given === undefined) await createBareRepository(gitDir, defaultBranch ?? "main");
  const repository: StandInRepository = {
    owner,
    name,
    gitDir,
    databaseId: directory.takeDatabaseId(databaseId),
    createdAt: createdAt ?? at,
    updatedAt: at,
    pushedAt: given === undefined ? null : at,
    archivedAt: flags.isArchived === true ? at : null,
    isArchived: false,
    isDisabled: false,
    isFork: false,
    isLocked: false,
    isPrivate: false,
    visibleTo: [],
    refusal: null,
    hasLegacyId: false,
    diskUsage: 0,
    beforeLastPush: null,
    missedPush: null,
    ...flags,
  };
  directory.add(repository);
  return describe(repository);
}

function describe(repository: StandInRepository): RepositoryFacts {
  const { databaseId, gitDir } = repository;
  const defaultBranch = readDefaultBranch(gitDir);
  return {
    id: repositoryId(databaseId),
    databaseId,
    nameWithOwner: nameWithOwner(repository),
    gitDir,
    defaultBranch,
    headOid: findRef(gitDir, `refs/heads/${defaultBranch}`)?.oid ?? null,
  };
}

async function refuseRewrite(gitDir: string, head: string, oid: string): Promise<void> {
  const lost = await runGit(gitDir, ["rev-list", "--count", head, `^${oid}`, "--"]);
  if (lost.toString().trim() === "0") return;
  throw new Error("the branch's head is not an ancestor of the pushed commit; use forcePush");
}

function archivedAtAfter(
  { isArchived, archivedAt }: StandInRepository,
  flags: Partial<RepositoryFlags>,
  at: string,
): string | null {
  if (flags.isArchived === undefined || flags.isArchived === isArchived) return archivedAt;
  return flags.isArchived ? at : null;
}

/** Runs work for the same key one after the other; a failure does not stop those behind it. */
function createTurns() {
  const last = new Map<number, Promise<unknown>>();
  return async <Result>(key: number, work: () => Promise<Result>): Promise<Result> => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
