import type { GraphQLResolveInfo } from "graphql";
import type { HistoryFilter } from "../git/git-store.js";
import type { StandInRepository } from "../repository-directory.js";
import { CommitNode } from "./commit-node.js";
import type { Connection, PageArgs } from "./connection.js";
import { checkPageSize, connection, pageRange } from "./connection.js";
import { invalidCursor } from "./github-error.js";
import type { CursorMode, QueryContext } from "./query-context.js";

export interface HistoryArgs extends PageArgs {
  readonly since?: string | null;
  readonly until?: string | null;
  readonly path?: string | null;
}

interface HistoryPlace {
  readonly oid: string;
  readonly index: number;
}

/**
 * `Commit.history`: exactly the order of `git rev-list <oid>`. Cursors are GitHub's: the oid the
 * walk starts from, a space, and the place of the item, 0 first.
 */
export async function historyConnection(
  repository: StandInRepository,
  startOid: string,
  args: HistoryArgs,
  context: QueryContext,
  info: GraphQLResolveInfo,
): Promise<Connection<CommitNode>> {
  checkPageSize(args, info);
  const { git, cursorMode, historyItemsMax, read } = context;
  const { gitDir } = repository;
  const after = await readCursor(args.after, startOid, gitDir, context);
  const before = await readCursor(args.before, startOid, gitDir, context);
  const oid = cursorMode === "continue" ? (after?.oid ?? before?.oid ?? startOid) : startOid;
  const filter = toFilter(args);
  const count = async () => {
    const all = await git.historyCount(gitDir, oid, filter);
    read.countedCommits += all;
    return Math.min(all, historyItemsMax ?? all);
  };
  const { start, end } = await pageRange(args, after?.index ?? null, before?.index ?? null, count);
  // One more than asked for tells whether there is a next page.
  const limit = Math.min(end + 1, historyItemsMax ?? end + 1);
  const oids = start < limit ? await git.history(gitDir, oid, filter, start, limit) : [];
  const page = oids.slice(0, Math.max(0, end - start));
  const commits = await git.readCommits(gitDir, page);
  read.listedCommits += page.length;
  return connection({
    nodes: page.map((each, index) => new CommitNode(repository, each, commits[index] ?? null)),
    start,
    hasNextPage: oids.length > page.length,
    cursorAt: (index) => `${oid} ${index}`,
    totalCount: count,
  });
}

async function readCursor(
  cursor: string | null | undefined,
  startOid: string,
  gitDir: string,
  { git, cursorMode }: { readonly git: QueryContext["git"]; readonly cursorMode: CursorMode },
): Promise<HistoryPlace | null> {
  if (!cursor) return null; // some clients send "" for the first page, and GitHub takes it
  const [, oid, index] = /^([\da-f]{40}|[\da-f]{64}) (\d{1,9})$/.exec(cursor) ?? [];
  if (oid === undefined) throw invalidCursor(cursor);
  if (oid !== startOid) {
    if (cursorMode === "refuse") throw invalidCursor(cursor);
    const object = cursorMode === "continue" ? await git.readObject(gitDir, oid) : null;
    if (cursorMode === "continue" && object?.type !== "commit") throw invalidCursor(cursor);
  }
  return { oid, index: Number(index) };
}

function toFilter({ since, until, path }: HistoryArgs): HistoryFilter {
  return [
    ...(since ? [`--since=${since}`] : []),
    ...(until ? [`--until=${until}`] : []),
    "--",
    ...(path ? [path] : []),
  ];
}
