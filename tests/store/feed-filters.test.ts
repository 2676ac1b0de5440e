import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorKey } from "../../src/domain/author-key.js";
import type { Commit } from "../../src/domain/commit.js";
import { INGEST_KINDS } from "../../src/domain/feed-event.js";
import { EVERYTHING, type FeedFilter, narrow } from "../../src/domain/feed-filter.js";
import { scopeOf } from "../../src/domain/repository-scope.js";
import { findEvents } from "../../src/store/feed/event-query.js";
import { readEvents, readFeedStatus } from "../../src/store/feed/feed-store.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { storeEvent, storeRepository } from "../api/rows.js";
import { explain } from "../support/explain.js";
import { readFeed } from "../support/feed.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const PEOPLE = [
  { name: "Ada", email: "ada@example.org", login: "ADA", avatarUrl: null },
  { name: "Bob", email: "bob@example.org", login: null, avatarUrl: null },
  { name: "ada", email: "Other@example.org", login: null, avatarUrl: null },
  { name: "Élodie 🚀", email: "", login: "elodie", avatarUrl: null },
  { name: "x".repeat(5_000), email: "long@example.org", login: null, avatarUrl: null },
];
const KEYS = [
  "ADA",
  "bob@EXAMPLE.org",
  "élodie 🚀",
  "x".repeat(5_000),
  "other@example.org",
  "none",
];

const REPOSITORIES = [
  ["octo", "one"],
  ["Octo", "two"],
  ["acme", "three"],
] as const;
const SCOPES = [["octo/*"], ["octo/one", "acme/*"], ["octo/three"], []];

let made = 0;
function commitOf(person: number, message = "change"): Commit {
  made += 1;
  const author = PEOPLE[person % PEOPLE.length] ?? {
    name: "",
    email: "",
    login: null,
    avatarUrl: null,
  };
  const date = new Date("2024-05-01T10:00:00Z");
  const oid = made.toString(16).padStart(40, "0");
  return {
    oid,
    parents: [],
    message,
    author,
    authoredAt: date,
    committer: author,
    committedAt: date,
  };
}

describe("the feed under a filter", () => {
  let test: TestDatabase;
  const ids: number[] = [];
  beforeAll(async () => {
    test = await createTestDatabase();
    for (const [owner, name] of REPOSITORIES) {
      ids.push(await storeRepository(test.database, owner, name));
    }
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const event = fc.record({
    repository: fc.nat(2),
    kind: fc.constantFrom(...INGEST_KINDS),
    people: fc.array(fc.nat(PEOPLE.length - 1), { maxLength: 4 }),
    orphan: fc.array(fc.nat(50), { maxLength: 3 }),
    restore: fc.array(fc.nat(50), { maxLength: 2 }),
  });
  const filter = fc.record({
    repositories: fc.option(fc.uniqueArray(fc.nat(2), { minLength: 1 })),
    kinds: fc.option(fc.constantFrom(...INGEST_KINDS)),
    author: fc.option(fc.constantFrom(...KEYS)),
    scope: fc.option(fc.constantFrom(...SCOPES)),
    limit: fc.integer({ min: 1, max: 5 }),
  });

  it("is in a replay, page by page, exactly what it is live", async () => {
    const { database } = test;
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 12 }),
        fc.array(filter, { minLength: 1, maxLength: 6 }),
        async (events, filters) => {
          const { sequence: after } = await readFeedStatus(database);
          const stored = new Map<number, string[]>();
          for (const { repository, kind, people, orphan, restore } of events) {
            const id = ids[repository] ?? 0;
            const commits = people.map((person) => commitOf(person));
            const known = stored.get(id) ?? [];
            const pick = (places: readonly number[]) =>
              known.length === 0
                ? []
                : [...new Set(places.map((at) => known[at % known.length] ?? ""))];
            const orphanedOids = pick(orphan);
            const restoredOids = pick(restore);
            await storeEvent(database, id, commits, { kind, orphanedOids, restoredOids });
            stored.set(id, [...known, ...commits.map(({ oid }) => oid)]);
          }
          const live = await readFeed(database, { after });
          expect(live).toHaveLength(events.length);
          for (const { repositories, kinds, author, scope, limit } of filters) {
            const asked: FeedFilter = {
              repositoryIds: repositories && new Set(repositories.map((at) => ids[at] ?? 0)),
              kinds: kinds && new Set([kinds]),
              author: author && authorKey(author),
              scope: scope && scopeOf(scope),
            };
            const replayed = await readFeed(database, { after, filter: asked, limit });
            expect(replayed).toEqual(live.flatMap((one) => narrow(one, asked) ?? []));
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);

  it("moves on to the feed's end where nothing matches", async () => {
    const { sequence } = await readFeedStatus(test.database);
    for (const asked of [{ author: "nobody" }, { repositoryIds: new Set([999]) }]) {
      const page = await readEvents(test.database, 0n, 50, { ...EVERYTHING, ...asked });
      expect(page).toEqual({ events: [], position: sequence, isEnd: true });
    }
    expect(await readEvents(test.database, sequence + 5n, 50)).toMatchObject({
      position: sequence + 5n,
    });
  });

  it("comes in smaller pages where messages are long, one event at the least", async () => {
    const id = await storeRepository(test.database, "octo", "long");
    const { sequence: after } = await readFeedStatus(test.database);
    const long = () => Array.from({ length: 4 }, () => commitOf(1, "y".repeat(100_000)));
    await storeEvent(test.database, id, long());
    await storeEvent(test.database, id, [commitOf(1)]);
    await storeEvent(test.database, id, [...long(), ...long()]);
    await storeEvent(test.database, id, long());
    const pages: number[] = [];
    for (let position = after; ; ) {
      const page = await readEvents(test.database, position, 50);
      pages.push(page.events.length);
      position = page.position;
      if (page.isEnd) break;
    }
    expect(pages).toEqual([2, 1, 1]);
  });

  it("has nothing of an author in a repository that was removed", async () => {
    const id = await storeRepository(test.database, "octo", "gone");
    const { sequence: after } = await readFeedStatus(test.database);
    const commit = commitOf(0);
    await storeEvent(test.database, id, [commit]);
    await storeEvent(test.database, id, [], { orphanedOids: [commit.oid] });
    const author = { ...EVERYTHING, author: "ada" };
    expect(await readFeed(test.database, { after, filter: author })).toHaveLength(2);
    await removeRepository({ database: test.database }, id);
    expect(await readFeed(test.database, { after, filter: author })).toEqual([]);
    expect(await readFeed(test.database, { after })).toHaveLength(2);
  });
});

describe("a filter that little of a long feed passes", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
    const { primary } = test.database;
    await primary.$executeRaw`
      insert into repository (owner, name)
      select case when n in (7, 8) then 'acme' else 'owner-' || n % 500 end, 'r' || n
        from generate_series(1, 5000) n`;
    await primary.$executeRaw`
      insert into feed_event (sequence, kind, repository_id)
      select n, case when n % 5000 = 0 then 'LIVE' else 'BACKFILL' end::ingest_kind,
             case when n % 1000 = 0 then 7 else n % 5 end
        from generate_series(1, 50000) n`;
    await primary.$executeRaw`
      insert into feed_author (author_key, sequence)
      select case when n % 2000 = 0 then 'rare' else 'busy' || n % 3 end, n
        from generate_series(1, 50000) n`;
    await primary.$executeRaw`
      insert into commit (event_id, position, repository_id, oid, message, author_hash,
                          authored_at, committed_at)
      select id, 0, repository_id, int8send(id), 'm', 1, now(), now() from feed_event`;
    await primary.$executeRaw`update feed set sequence = 50000`;
    await primary.$executeRaw`analyze`;
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it.each([
    {
      what: "an author",
      filter: { author: "rare" },
      index: /Index (Only )?Scan \(feed_author_pkey\)/,
    },
    {
      what: "a repository",
      filter: { repositoryIds: new Set([7, 8]) },
      index: /Index (Only )?Scan \(feed_event_repository_id_kind_sequence_idx\)/,
    },
    {
      what: "a kind",
      filter: { kinds: new Set(["LIVE"] as const) },
      index: /Index (Only )?Scan \(feed_event_kind_sequence_idx\)/,
    },
    {
      what: "all three",
      filter: {
        author: "rare",
        repositoryIds: new Set([7]),
        kinds: new Set(["LIVE"] as const),
      },
      index: /Index (Only )?Scan \(feed_author_pkey\)/,
    },
    {
      what: "a scope",
      filter: { scope: scopeOf(["acme/*", "nobody/any"]) },
      index: /Index (Only )?Scan \(feed_event_repository_id_kind_sequence_idx\)/,
    },
    {
      what: "a scope, an author and a repository",
      filter: {
        scope: scopeOf(["acme/*"]),
        author: "rare",
        repositoryIds: new Set([7]),
      },
      index: /Index (Only )?Scan \(feed_author_pkey\)/,
    },
    { what: "none", filter: {}, index: /Index (Only )?Scan \(feed_event_sequence_key\)/ },
  ])("is answered from an index: $what", async ({ filter, index }) => {
    const plan = await explain(test.database, (tx) =>
      findEvents(tx, 100n, 50, { ...EVERYTHING, ...filter }),
    );
    expect(plan.join("\n")).toMatch(index);
    // A row, and one for each restore.
    const whole = plan.filter((node) => node.startsWith("Seq Scan"));
    expect(whole.sort()).toEqual(["Seq Scan (feed)", "Seq Scan (feed_gap)"]);
    // Whose repositories these are is gathered; events are in order.
    const ofEvents = plan.filter((node) => !/\(repository(?:_owner_key_idx)?\)/.test(node));
    expect(ofEvents.join("\n")).not.toContain("Bitmap");
  });
});
