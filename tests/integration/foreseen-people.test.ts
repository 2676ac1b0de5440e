import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Oid } from "../../src/domain/commit.js";
import { TrackerError } from "../../src/domain/errors.js";
import type { GitCommit } from "../../src/git/git-histories.js";
import type { Told } from "../../src/worker/ask-commits.js";
import { createPeople } from "../../src/worker/people.js";
import { eventually } from "../support/eventually.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

interface Asked {
  readonly oids: readonly Oid[];
  answer(): void;
  fail(error: Error): void;
}

/** So many commits, each of somebody else. */
function commitsOf(name: string, count: number): GitCommit[] {
  return Array.from({ length: count }, (_, index) => {
    const person = { name, email: `${name}-${index}@example.org` };
    return {
      oid: Buffer.from(`${name} ${index}`).toString("hex").padEnd(40, "0"),
      ...{ parents: [], message: "m", author: person, committer: person },
      ...{ authoredAt: new Date(0), committedAt: new Date(0) },
    };
  });
}

describe("people of pages that are still to come", () => {
  let test: TestDatabase;
  const asked: Asked[] = [];
  const commits = new Map<Oid, GitCommit>();

  beforeAll(async () => {
    test = await createTestDatabase({ connectionsMax: 2 });
  });
  afterAll(() => test[Symbol.asyncDispose]());

  function listed(name: string, count: number): GitCommit[] {
    const made = commitsOf(name, count);
    for (const commit of made) commits.set(commit.oid, commit);
    return made;
  }

  /** Whose requests are answered by hand. */
  function people() {
    asked.length = 0;
    return createPeople({
      ...{ database: test.database, nodeId: "R_1", purpose: "backfill" },
      ...{ signal: new AbortController().signal, endsAtMs: performance.now() + 60_000 },
      ask: (_nodeId, oids) =>
        new Promise((resolve, reject) => {
          asked.push({ oids, answer: () => resolve(new Map(oids.map(toldOf))), fail: reject });
        }),
    });
  }

  function toldOf(oid: Oid): [Oid, Told] {
    const commit = commits.get(oid);
    if (commit === undefined) throw new Error(`nobody has ${oid}`);
    const login = commit.author.email.split("@")[0] ?? "";
    const actor = { ...commit.author, login, avatarUrl: `https://avatars.example/${login}` };
    return [oid, { ...commit, author: actor, committer: actor }];
  }

  it("are asked for in full requests, four at a time, while the page before waits for its own alone", async () => {
    const own = people();
    const first = listed("first", 150);
    own.foresee(first, { isLast: false });
    own.foresee(listed("second", 420), { isLast: false });
    expect(asked.map(({ oids }) => oids.length)).toEqual([100, 100, 100, 100]);
    const named = own.name(first);
    asked[0]?.answer();
    asked[1]?.answer();
    const { commits: told } = await named;
    expect(told.map(({ author }) => author.login)).toEqual(first.map((_, at) => `first-${at}`));
    await eventually(() => {
      own.foresee([], { isLast: false });
      expect(asked.map(({ oids }) => oids.length)).toEqual([100, 100, 100, 100, 100]);
    });
    own.foresee([], { isLast: true });
    expect(asked.map(({ oids }) => oids.length)).toEqual([100, 100, 100, 100, 100, 70]);
    expect(new Set(asked.flatMap(({ oids }) => oids)).size).toBe(570);
    for (const each of asked) each.answer();
  });

  it("fail nobody who is named before them, and are asked for again in their turn", async () => {
    const own = people();
    const early = listed("early", 100);
    const late = listed("late", 100);
    own.foresee([...early, ...late], { isLast: false });
    asked[1]?.fail(new TrackerError("GITHUB_RATE_LIMITED", "GitHub says: too much."));
    asked[0]?.answer();
    expect((await own.name(early)).commits).toHaveLength(100);
    const named = own.name(late);
    await eventually(() => expect(asked).toHaveLength(3));
    expect(asked[2]?.oids).toEqual(late.map(({ oid }) => oid));
    asked[2]?.answer();
    expect((await named).commits.map(({ author }) => author.login)).toContain("late-99");
  });

  it("fail whoever is named while they are asked for", async () => {
    const own = people();
    const gone = listed("gone", 100);
    own.foresee(gone, { isLast: false });
    let isOver = false;
    const named = own.name(gone).finally(() => {
      isOver = true;
    });
    named.catch(() => {});
    await eventually(() => {
      for (const each of asked) each.fail(new TrackerError("GITHUB_RATE_LIMITED", "Too much."));
      expect(isOver).toBe(true);
    });
    await expect(named).rejects.toMatchObject({ code: "GITHUB_RATE_LIMITED" });
  });
});
