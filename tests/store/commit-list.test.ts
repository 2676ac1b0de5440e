import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Commit, StoredCommit } from "../../src/domain/commit.js";
import { wordsOf } from "../../src/domain/words.js";
import { fillNext } from "../../src/projections/fill-projection.js";
import { WORDS } from "../../src/projections/word-projection.js";
import { countCommits } from "../../src/store/commits/commit-count.js";
import type { CommitFilter } from "../../src/store/commits/commit-filter.js";
import type { Direction, Page } from "../../src/store/commits/commit-order.js";
import { listCommitsByArrival, listCommitsByDate } from "../../src/store/commits/commit-reader.js";
import { storeEvent, storeRepository } from "../api/rows.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const PEOPLE = [
  { name: "Ada Lovelace", email: "Ada@example.org", login: "Ada", avatarUrl: null },
  { name: "ada lovelace", email: "ada@home.example.org", login: null, avatarUrl: null },
  { name: "Robot", email: "1+robot[bot]@users.noreply.github.com", login: null, avatarUrl: null },
  { name: "", email: "", login: "Émile", avatarUrl: null },
];
const MESSAGES = ["fix: the parser", "Parse_header\n\nfixes #12", "Überraschung", "", "docs"];
const START = Date.UTC(2024, 0, 1);
const SECONDS = 40; // few, so that many commits are of one date

interface Seed {
  readonly second: number;
  readonly person: number;
  readonly message: number;
  readonly isOrphan: boolean;
}

const seeds = fc.array(
  fc.record({
    second: fc.nat(SECONDS),
    person: fc.nat(PEOPLE.length - 1),
    message: fc.nat(MESSAGES.length - 1),
    isOrphan: fc.boolean(),
  }),
  { minLength: 0, maxLength: 12 },
);
/** And how many commits of all that is stored have their words filled afterwards; 0: none. */
const pages = fc.array(fc.tuple(fc.nat(2), seeds, fc.constantFrom(0, 0, 1, 5, 8_192)), {
  minLength: 1,
  maxLength: 12,
});

const filters = fc.record(
  {
    reachable: fc.constantFrom(true, false, null),
    author: fc.constantFrom("ADA", "ada@example.org", "Ada Lovelace", "émile", "", "nobody"),
    since: fc.nat(SECONDS).map((second) => new Date(START + second * 1_000)),
    until: fc.nat(SECONDS).map((second) => new Date(START + second * 1_000)),
    words: fc.constantFrom(["parser"], ["parse", "12"], ["überraschung"], ["fix", "the"], ["gone"]),
  },
  { requiredKeys: ["reachable"] },
);

const ORDERS = ["date", "arrival"] as const;
type Order = (typeof ORDERS)[number];

let made = 0;
function commitOf({ second, person, message }: Seed): Commit {
  made += 1;
  const author = PEOPLE[person];
  if (author === undefined) throw new Error("no such person");
  const date = new Date(START + second * 1_000);
  return {
    // In no order of time: a hash of a counter.
    oid: ((made * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, "0").repeat(5),
    parents: [],
    message: MESSAGES[message] ?? "",
    author,
    authoredAt: date,
    committer: author,
    committedAt: date,
  };
}

describe("the list of commits", () => {
  let test: TestDatabase;
  let repositories: number[];
  beforeAll(async () => {
    test = await createTestDatabase();
    repositories = [
      await storeRepository(test.database, "octo", "one"),
      await storeRepository(test.database, "octo", "two"),
      await storeRepository(test.database, "octo", "three"),
    ];
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  async function store(repository: number, given: readonly Seed[], commitsMax = 0): Promise<void> {
    const id = repositories[repository];
    if (id === undefined || given.length === 0) return;
    await storeCommits(id, given);
    if (commitsMax > 0) await fillNext(test.database, { ...WORDS, commitsMax });
  }

  async function storeCommits(id: number, given: readonly Seed[]): Promise<void> {
    const commits = given.map(commitOf);
    const orphanedOids = commits.filter((_, at) => given[at]?.isOrphan).map(({ oid }) => oid);
    await storeEvent(test.database, id, commits);
    if (orphanedOids.length > 0) await storeEvent(test.database, id, [], { orphanedOids });
  }

  const read = (
    order: Order,
    filter: CommitFilter,
    ends: { after: StoredCommit | null; before: StoredCommit | null },
    page: Page,
    gatheredMax: number,
  ) =>
    order === "date"
      ? listCommitsByDate(test.database, filter, ends, page, { gatheredMax })
      : listCommitsByArrival(test.database, filter, ends, page, { gatheredMax });

  /** All of it, by a way that knows nothing of pages: every row, matched and sorted here. */
  async function scan(order: Order, filter: CommitFilter, direction: Direction): Promise<string[]> {
    const rows = await test.database.primary.$queryRaw<
      (Pick<StoredCommit, "oid" | "committedAt" | "sequence" | "position" | "repositoryId"> & {
        reachable: boolean;
        message: string;
        names: (string | null)[];
      })[]
    >`
      select encode(oid, 'hex') as oid, committed_at as "committedAt", sequence, position,
             c.repository_id as "repositoryId", reachable, message,
             array[a.login, a.email, a.name] as names
        from commit c join feed_event e on e.id = c.event_id
        join actor a on a.repository_id = c.repository_id and a.hash = c.author_hash`;
    const author = filter.author?.toLowerCase();
    const found = rows.filter(
      (row) =>
        (filter.repositoryId === null || row.repositoryId === filter.repositoryId) &&
        (filter.reachable === null || row.reachable === filter.reachable) &&
        (author === undefined || row.names.some((name) => name?.toLowerCase() === author)) &&
        (filter.since === undefined || row.committedAt >= filter.since) &&
        (filter.until === undefined || row.committedAt <= filter.until) &&
        (filter.words ?? []).every((word) => wordsOf(row.message).includes(word)),
    );
    const byDate = (a: (typeof found)[number], b: (typeof found)[number]) =>
      Number(a.committedAt) - Number(b.committedAt) ||
      a.repositoryId - b.repositoryId ||
      (a.oid < b.oid ? -1 : 1);
    const byArrival = (a: (typeof found)[number], b: (typeof found)[number]) =>
      Number(a.sequence - b.sequence) || a.position - b.position;
    const sorted = found.sort(order === "date" ? byDate : byArrival).map(({ oid }) => oid);
    return direction === "ASC" ? sorted : sorted.reverse();
  }

  /** Page by page, with something stored between them; each page is joined to what came before. */
  async function walk(
    order: Order,
    filter: CommitFilter,
    page: Page,
    gatheredMax: number,
    between: () => Promise<void>,
  ): Promise<string[]> {
    const seen: StoredCommit[] = [];
    for (;;) {
      const [first, last] = [seen.at(0) ?? null, seen.at(-1) ?? null];
      const ends =
        page.from === "start" ? { after: last, before: null } : { after: null, before: first };
      const rows = await read(order, filter, ends, page, gatheredMax);
      const isMore = rows.length > page.count;
      if (page.from === "start") seen.push(...rows.slice(0, page.count));
      else seen.unshift(...rows.slice(-page.count));
      if (!isMore) return seen.map(({ oid }) => oid);
      if (seen.length > made) throw new Error("more than there is: a page does not move on");
      await between();
    }
  }

  it("is, page by page in each order and direction, with each filter, what a full scan finds, whatever is stored meanwhile", async () => {
    await fc.assert(
      fc.asyncProperty(
        pages,
        pages,
        fc.record({
          filter: filters,
          repository: fc.constantFrom(null, 0, 1),
          order: fc.constantFrom(...ORDERS),
          direction: fc.constantFrom<Direction[]>("ASC", "DESC"),
          from: fc.constantFrom<Page["from"][]>("start", "end"),
          count: fc.integer({ min: 1, max: 7 }),
          // Too many to gather, or few enough.
          gatheredMax: fc.constantFrom(0, 3, 10_000),
        }),
        async (before, meanwhile, { filter: given, repository, gatheredMax, ...rest }) => {
          const { order, direction, from, count } = rest;
          for (const page of before) await store(...page);
          const repositoryId = repository === null ? null : (repositories[repository] ?? null);
          const filter: CommitFilter = { ...given, repositoryId };
          const page = { count, direction, from };
          const atFirst = await scan(order, filter, direction);
          const coming = meanwhile.map(
            ([into, commits, filled]) =>
              [into, commits.map((one) => ({ ...one, isOrphan: false })), filled] as const,
          );
          const walked = await walk(order, filter, page, gatheredMax, async () => {
            const [into, commits, filled] = coming.shift() ?? [0, [], 0];
            await store(into, commits, filled);
          });
          const atLast = await scan(order, filter, direction);
          // Nothing twice, in order, nothing foreign, and nothing missing that was there all along.
          expect(atLast.filter((oid) => walked.includes(oid))).toEqual(walked);
          const seen = new Set(walked);
          expect(atFirst.filter((oid) => !seen.has(oid))).toEqual([]);
          expect(await walk(order, filter, page, gatheredMax, async () => {})).toEqual(atLast);
          const { count: total, isExact } = await countCommits(test.database, filter);
          expect({ total, isExact }).toEqual({ total: atLast.length, isExact: true });
        },
      ),
      { numRuns: 60 },
    );
  }, 240_000);
});
