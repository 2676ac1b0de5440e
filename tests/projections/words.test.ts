import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wordsOf } from "../../src/domain/words.js";
import { fillAll, fillNext, rebuildProjection } from "../../src/projections/fill-projection.js";
import { WORDS } from "../../src/projections/word-projection.js";
import { countCommits } from "../../src/store/commits/commit-count.js";
import { listCommitsByArrival, listCommitsByDate } from "../../src/store/commits/commit-reader.js";
import { placesIn, toRows } from "../../src/store/words/postings.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

describe("words of messages", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  const page = { count: 100, direction: "DESC", from: "start" } as const;
  async function find(repositoryId: number | null, ...words: string[]): Promise<string[]> {
    const filter = { repositoryId, reachable: true, words };
    const found = await listCommitsByDate(
      test.database,
      filter,
      { after: null, before: null },
      page,
    );
    const { count } = await countCommits(test.database, filter);
    expect(count).toBe(found.length);
    return found.map(({ message }) => message).sort();
  }

  let seed = 0;
  async function store(repositoryId: number, messages: readonly string[]): Promise<void> {
    seed += 1;
    const commits = line(seed, messages.length);
    const said = commits.map((commit, index) => ({ ...commit, message: messages[index] ?? "" }));
    await storeEvent(test.database, repositoryId, said);
  }

  const segments = () => test.database.primary.wordSegment.count();

  it("are found right after a page is stored, filled and not, in whatever script", async () => {
    const id = await storeRepository(test.database, "octo", "fresh");
    await store(id, ["Fix the PARSER", "parsers are two", "Über-parser", "修复登录", "ﬁx: parser"]);
    const found = ["Fix the PARSER", "Über-parser", "ﬁx: parser"].sort();
    expect(await find(id, "parser")).toEqual(found);
    expect(await find(id, "fix", "parser")).toEqual(["Fix the PARSER", "ﬁx: parser"].sort());
    expect(await find(id, "登录")).toEqual(["修复登录"]);
    await fillAll(test.database, WORDS);
    expect(await find(id, "parser")).toEqual(found);
    expect(await find(id, "fix", "parser")).toEqual(["Fix the PARSER", "ﬁx: parser"].sort());
    expect(await find(id, "登录")).toEqual(["修复登录"]);
    await store(id, ["one more parser"]);
    expect(await find(id, "parser")).toEqual([...found, "one more parser"].sort());
  });

  it("are found among more that is not filled than is read at once", async () => {
    const id = await storeRepository(test.database, "octo", "behind");
    for (let event = 0; event < 3; event += 1) {
      await store(
        id,
        Array.from(
          { length: 900 },
          (_, index) => `é tail ${index === 7 ? `needle ${event}` : "hay"}`,
        ),
      );
    }
    const found = ["é tail needle 0", "é tail needle 1", "é tail needle 2"];
    expect(await find(id, "needle", "tail")).toEqual(found);
    await fillAll(test.database, WORDS);
    expect(await find(id, "needle", "tail")).toEqual(found);
  });

  it("are looked for in a bounded part of what is not filled at a time", async () => {
    const id = await storeRepository(test.database, "octo", "long");
    const long = `é early ${"xy ".repeat(20_000)}`;
    const said = Array.from({ length: 300 }, (_, index) => (index % 100 === 0 ? long : "é hay"));
    await store(id, said);
    const read: { length: number; longest: number }[] = [];
    const { reader } = test.database;
    const watched: typeof reader = Object.assign(Object.create(reader), {
      async query(statement: Parameters<typeof reader.query>[0]) {
        const rows = await reader.query<{ unfilled?: [string, string, number, string][] }>(
          statement,
        );
        for (const { unfilled } of rows) {
          const lengths = (unfilled ?? []).map(([, , , message]) => message.length);
          if (lengths.length > 0) {
            read.push({ length: lengths.length, longest: Math.max(...lengths) });
          }
        }
        return rows;
      },
    });
    const filter = { repositoryId: id, reachable: true, words: ["early"] };
    const whole = { after: null, before: null };
    const found = await listCommitsByDate({ reader: watched }, filter, whole, page);
    expect(found.map(({ message }) => message)).toEqual([long, long, long]);
    expect(Math.max(...read.map(({ length }) => length))).toBeLessThanOrEqual(200);
    expect(Math.max(...read.map(({ longest }) => longest))).toBe(20_001);
    await fillAll(test.database, WORDS);
  });

  it("of few commits at a time are merged, and found all the same", async () => {
    const id = await storeRepository(test.database, "octo", "trickle");
    await fillAll(test.database, WORDS);
    const before = await segments();
    const messages: string[] = [];
    for (let push = 0; push < 80; push += 1) {
      messages.push(`drop ${push} of water ${push % 7 === 0 ? "seventh" : ""}`.trim());
      await store(id, messages.slice(-1));
      await fillAll(test.database, WORDS);
    }
    expect((await segments()) - before).toBeLessThan(20);
    expect(await find(id, "water")).toEqual([...messages].sort());
    expect(await find(id, "seventh")).toHaveLength(12);
    expect(await find(id, "seventh", "14")).toEqual(["drop 14 of water seventh"]);
  });

  it("of a repository that is removed are gone with the next filling, others' are not", async () => {
    const removed = await storeRepository(test.database, "octo", "removed");
    const other = await storeRepository(test.database, "octo", "kept");
    await store(removed, ["zanzibar"]);
    await store(other, ["zanzibar too"]);
    await fillAll(test.database, WORDS);
    await store(removed, ["zanzibar alone"]);
    await fillAll(test.database, WORDS);
    await removeRepository({ database: test.database }, removed);
    expect(await find(null, "zanzibar")).toEqual(["zanzibar too"]);
    const events = await test.database.primary.wordEvent.count({
      where: { repositoryId: removed },
    });
    expect(events).toBe(0);
    const before = await segments();
    await store(other, ["something else"]);
    await fillAll(test.database, WORDS);
    expect(await segments()).toBeLessThanOrEqual(before);
    expect(await find(null, "zanzibar")).toEqual(["zanzibar too"]);
  });

  /** Of the segment that holds a repository's first event. */
  async function sizesOf(repositoryId: number) {
    const [row] = await test.database.primary.$queryRaw<{ all: number; live: number }[]>`
      select s.commit_count as all,
             (select sum(size)::int from word_event v where v.segment = s.id) as live
        from word_segment s
       where s.id = (select segment from word_event where repository_id = ${repositoryId}
                      order by event_id limit 1)`;
    return row;
  }

  it("that are forgotten leave nothing where they are most of a segment, or it is merged", async () => {
    const kept = await storeRepository(test.database, "octo", "stays");
    const remove = (id: number) => removeRepository({ database: test.database }, id);
    const many = await storeRepository(test.database, "octo", "many");
    await fillAll(test.database, WORDS);
    await store(many, Array(100).fill("obelisk of many"));
    await store(kept, Array(90).fill("obelisk that stays"));
    await fillAll(test.database, WORDS);
    expect(await sizesOf(kept)).toEqual({ all: 190, live: 190 });
    await remove(many);
    await fillAll(test.database, WORDS);
    expect(await sizesOf(kept)).toEqual({ all: 90, live: 90 });
    expect(await find(null, "obelisk")).toEqual(Array(90).fill("obelisk that stays"));
    expect(await test.database.primary.wordHole.count()).toBe(0);

    const few = await storeRepository(test.database, "octo", "few");
    const other = await storeRepository(test.database, "octo", "beside");
    await store(other, Array(20).fill("monolith one"));
    await store(few, Array(10).fill("monolith of few"));
    await store(other, Array(20).fill("monolith two"));
    await fillAll(test.database, WORDS);
    await remove(few);
    await fillAll(test.database, WORDS);
    expect(await sizesOf(other)).toEqual({ all: 50, live: 40 });
    for (let push = 0; push < 8; push += 1) {
      await store(kept, Array(10).fill("something"));
      await fillAll(test.database, WORDS);
    }
    const merged = await sizesOf(other);
    expect(merged?.all).toBeGreaterThan(50);
    expect(merged?.live).toBe(merged?.all);
    const found = [...Array(20).fill("monolith one"), ...Array(20).fill("monolith two")];
    expect(await find(null, "monolith")).toEqual(found);
  });

  it("are exact while they are built again from the start of the feed", async () => {
    const id = await storeRepository(test.database, "octo", "rebuilt");
    await store(id, ["lighthouse a", "lighthouse b"]);
    await fillAll(test.database, WORDS);
    await store(id, ["lighthouse c"]);
    const found = ["lighthouse a", "lighthouse b", "lighthouse c"];
    expect(await rebuildProjection(test.database, WORDS)).toBe(true);
    expect(await segments()).toBe(0);
    let filled = "MORE";
    while (filled === "MORE") {
      expect(await find(null, "lighthouse")).toEqual(found);
      filled = await fillNext(test.database, { ...WORDS, commitsMax: 1_000 });
    }
    expect(await find(null, "lighthouse")).toEqual(found);
  });

  it("are exact where they are emptied between what counts the matches and what picks them", async () => {
    const id = await storeRepository(test.database, "octo", "emptied");
    const said = Array.from({ length: 10 }, (_, index) => `windmill ${index}`);
    await store(id, said);
    await fillAll(test.database, WORDS);
    const { reader } = test.database;
    let queries = 0;
    const emptying: typeof reader = Object.assign(Object.create(reader), {
      async query(statement: Parameters<typeof reader.query>[0]) {
        queries += 1;
        if (queries === 2) expect(await rebuildProjection(test.database, WORDS)).toBe(true);
        return await reader.query(statement);
      },
    });
    const filter = { repositoryId: id, reachable: true, words: ["windmill"] };
    const whole = { after: null, before: null };
    const reading = { gatheredMax: 5 };
    const database = { reader: emptying };
    for (const list of [listCommitsByDate, listCommitsByArrival]) {
      queries = 0;
      const found = await list(database, filter, whole, page, reading);
      expect(found.map(({ message }) => message).sort()).toEqual(said);
      expect(queries).toBeGreaterThan(2);
      await fillAll(test.database, WORDS);
    }
  });

  it("stand in rows that give back what was put in, whatever stands where", async () => {
    const words = fc.uniqueArray(fc.bigInt(0n, 1n << 62n), { maxLength: 400 });
    const size = 200;
    const places = fc.uniqueArray(fc.nat(size - 1), { minLength: 1 });
    await fc.assert(
      fc.property(words, fc.array(places, { minLength: 1 }), (all, each) => {
        const postings = new Map(
          all.map((word, index) => [
            word,
            [...(each[index % each.length] ?? [])].sort((a, b) => a - b),
          ]),
        );
        const ordered = [...postings].sort(([a], [b]) => (a < b ? -1 : 1));
        const rows = [...toRows(ordered, size)];
        expect(new Map(rows.flatMap(placesIn))).toEqual(postings);
        const lasts = rows.map((row) => row.words.at(-1) ?? 0n);
        expect(lasts).toEqual([...lasts].sort((a, b) => (a < b ? -1 : 1)));
        for (const [index, row] of rows.entries()) {
          expect(row.words.every((word) => word > (lasts[index - 1] ?? -1n))).toBe(true);
        }
      }),
    );
  });

  it("are the same whoever asks: a word of the oracle's is found in its message and in no other", async () => {
    const id = await storeRepository(test.database, "octo", "oracle");
    const messages = [
      "Naïve café — 12 ½",
      "ǅ ǆ Straße",
      "a_b c-d e.f",
      "İstanbul ISTANBUL",
      "日本語テスト",
    ];
    await store(id, messages.slice(0, 3));
    await fillAll(test.database, WORDS);
    await store(id, messages.slice(3));
    for (const word of new Set(messages.flatMap(wordsOf))) {
      const holding = messages.filter((message) => wordsOf(message).includes(word));
      expect(await find(id, word)).toEqual(holding.sort());
    }
  });

  it("that are many make a segment of fewer commits", async () => {
    const id = await storeRepository(test.database, "octo", "wordy");
    await fillAll(test.database, WORDS);
    const wordy = (commit: number) =>
      Array.from({ length: 450 }, (_, word) => `w${commit}x${word}`).join(" ");
    for (let event = 0; event < 3; event += 1) {
      await store(
        id,
        Array.from({ length: 500 }, (_, index) => wordy(500 * event + index)),
      );
    }
    const before = await segments();
    await fillAll(test.database, WORDS);
    expect((await segments()) - before).toBe(2);
    for (const commit of [0, 999, 1_499]) expect(await find(id, `w${commit}x449`)).toHaveLength(1);
  });
});
