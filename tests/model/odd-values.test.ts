import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listCommitPage } from "../../src/api/schema/commits/commit-page.js";
import { GraphQLDateTime } from "../../src/api/schema/date-time.js";
import { authorKey } from "../../src/domain/author-key.js";
import type { StoredCommit } from "../../src/domain/commit.js";
import { EVERYTHING } from "../../src/domain/feed-filter.js";
import { expectStatisticsKept } from "../support/authors.js";
import { readFeed } from "../support/feed.js";
import { oddCommit, writeOddHistory } from "../support/odd-history.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";

/** Commits in all; `npm run test:model -- --runs N` for more. */
const COMMITS = Math.max(300, Number(process.env.MODEL_RUNS ?? 300));
const BATCH = 300;
const TIMEOUT_MS = Math.max(120_000, COMMITS * 400);
/** The last second of the year 9999. */
const SECONDS_MAX = 253_402_300_799n;
const FIELD = "\u0001";
const END = "\u0002";
const FORMAT = ["%H", "%P", "%an", "%ae", "%ad", "%cn", "%ce", "%cd", "%s"].join("%x01");

interface Told {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly author: readonly [name: string, email: string, seconds: number];
  readonly committer: readonly [name: string, email: string, seconds: number];
  readonly headline: string;
  readonly message: string;
}

/** At the edge where it cannot be held; 1970 where git finds no date. */
function secondsOf(text: string): number {
  const told = BigInt(text === "" ? "0" : text);
  return Number(told > SECONDS_MAX ? SECONDS_MAX : told);
}

/** What git itself says of each. */
function readGit(gitDir: string): Map<string, Told> {
  const run = (...args: string[]) =>
    execFileSync("git", ["--git-dir", gitDir, ...args], { maxBuffer: 2 ** 28 }).toString();
  const told = run("log", "--topo-order", "--date=unix", `--format=${FORMAT}%x02`, "main")
    .split(`${END}\n`)
    .filter((each) => each !== "")
    .map((each): Told => {
      const [oid = "", parents = "", ...rest] = each.split(FIELD);
      const [an = "", ae = "", at = "", cn = "", ce = "", ct = "", headline = ""] = rest;
      const object = run("cat-file", "commit", oid);
      return {
        oid,
        parents: parents === "" ? [] : parents.split(" "),
        author: [an, ae, secondsOf(at)],
        committer: [cn, ce, secondsOf(ct)],
        headline,
        // GitHub tells it without its last line ends.
        message: object.slice(object.indexOf("\n\n") + 2).replace(/\n+$/, ""),
      };
    });
  return new Map(told.map((each) => [each.oid, each]));
}

function toTold(commit: StoredCommit): Told {
  const { oid, parents, author, committer, message, messageHeadline: headline } = commit;
  const secondsAt = (date: Date) => date.getTime() / 1_000;
  return {
    ...{ oid, parents, headline, message },
    author: [author.name, author.email, secondsAt(commit.authoredAt)],
    committer: [committer.name, committer.email, secondsAt(commit.committedAt)],
  };
}

describe.each(["api", "git"] as const)("commits with odd values that come by %s", (transport) => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({ histories: { transport } });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  /** All that a list shows, page by page, by its own cursors. */
  async function listAll(id: number, way: "first" | "last", filter = {}): Promise<StoredCommit[]> {
    const found: StoredCommit[] = [];
    for (let cursor: string | null = null; ; ) {
      const ends = way === "first" ? { after: cursor } : { before: cursor };
      const { database } = pipeline;
      const args = { filter, [way]: 37, ...ends };
      const page = await listCommitPage(database, id, args as never, "WHOLE");
      const { endCursor, startCursor, hasNextPage, hasPreviousPage } = page.pageInfo;
      if (way === "first") found.push(...page.nodes);
      else found.unshift(...page.nodes);
      if (way === "first" ? !hasNextPage : !hasPreviousPage) return found;
      cursor = way === "first" ? endCursor : startCursor;
    }
  }

  it(
    "are stored, listed, found and announced as git has them",
    async () => {
      for (let batch = 0; batch * BATCH < COMMITS; batch += 1) {
        const seed = Number(process.env.MODEL_SEED ?? Date.now()) + batch;
        const name = `odd-${seed}`; // in what a failure shows
        const { gitDir } = await pipeline.gitHub.addRepository({ owner: "octo", name });
        const head = await writeOddHistory(gitDir, fc.sample(oddCommit, { seed, numRuns: BATCH }));
        await pipeline.gitHub.push(`octo/${name}`, "main", head);
        const id = await pipeline.add(`octo/${name}`);
        await pipeline.settled(id, head);
        // Nothing that git tells is otherwise than the API tells it.
        expect(pipeline.log, name).toEqual([]);
        const git = readGit(gitDir);
        const listed = await listAll(id, "first");
        expect(listed).toHaveLength(git.size);
        for (const commit of listed) expect(toTold(commit), name).toEqual(git.get(commit.oid));

        const backwards = await listAll(id, "last");
        expect(backwards.map(({ oid }) => oid)).toEqual(listed.map(({ oid }) => oid));
        for (const { committedAt } of listed) {
          const shown = GraphQLDateTime.serialize(committedAt);
          expect(GraphQLDateTime.parseValue(shown)).toEqual(committedAt);
        }
        await expectStatisticsKept(pipeline.database, id);
        await expectFound(id, listed);
      }
    },
    TIMEOUT_MS,
  );

  /** By each name, e-mail and in either case, the list and the feed give the same commits. */
  async function expectFound(id: number, commits: readonly StoredCommit[]): Promise<void> {
    const all = await readFeed(pipeline.database);
    const own = all.filter(({ repository }) => repository.id === id);
    expect(own.flatMap((event) => event.commits.map(toTold)).sort(byOid)).toEqual(
      commits.map(toTold).toSorted(byOid),
    );
    const names = [...new Set(commits.flatMap(({ author }) => [author.name, author.email]))];
    const asked = names
      .filter((_, index) => index % 7 === 0)
      .flatMap((name) => [name, name.toUpperCase(), name.normalize("NFD")]);
    for (const author of asked.filter((each) => authorKey(each) !== "" && each.length <= 320)) {
      const listed = await listAll(id, "first", { author });
      const filter = { ...EVERYTHING, repositoryIds: new Set([id]), author: authorKey(author) };
      const events = await readFeed(pipeline.database, { filter });
      const announced = events.flatMap((event) => event.commits);
      const oids = listed.map(({ oid }) => oid);
      expect(oids.toSorted(), author).toEqual(announced.map(({ oid }) => oid).sort());
      const theirs = commits.filter((one) => [one.author.name, one.author.email].includes(author));
      expect(oids, author).toEqual(expect.arrayContaining(theirs.map(({ oid }) => oid)));
    }
  }
});

function byOid(a: Told, b: Told): number {
  return a.oid < b.oid ? -1 : 1;
}
