import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommitSpec } from "../../src/github-stand-in/git/git-write.js";
import { findCommit } from "../../src/store/commits/commit-reader.js";
import { git } from "../stand-in/ask.js";
import { readFeed } from "../support/feed.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

const hex = (oid: Uint8Array) => Buffer.from(oid).toString("hex");
const author = (date: string) => ({ name: "Ada", email: "ada@example.org", date });
const day = (number: number) => new Date(Date.UTC(2024, 0, number)).toISOString();
const line = (length: number, date: (index: number) => string): CommitSpec[] =>
  Array.from({ length }, (_, index) => ({
    message: `change ${index}`,
    author: author(date(index)),
  }));

/** A commit with bytes in it that git's own commands would not write. */
function writeRaw(
  gitDir: string,
  { tree = EMPTY_TREE, name = "Ada", message }: { tree?: string; name?: string; message: string },
  encoding: BufferEncoding = "utf8",
): string {
  const signature = `${name} <ada@example.org> 1700000000 +0000`;
  const text = `tree ${tree}\nauthor ${signature}\ncommitter ${signature}\n\n${message}\n`;
  const args = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"];
  return git(gitDir, args, Buffer.from(text, encoding));
}

describe("a history is stored exactly", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const commitsOf = (id: number) =>
    pipeline.database.primary.commit.findMany({ where: { repositoryId: id } });

  async function find(id: number, oid: string) {
    const row = await pipeline.database.primary.commit.findFirstOrThrow({
      where: { repositoryId: id, oid: Buffer.from(oid, "hex") },
    });
    return row;
  }

  /** Every commit with its parents in order is what git says, and nothing else is stored. */
  async function expectExact(id: number, gitDir: string): Promise<void> {
    const [head = ""] = await revList(gitDir, "main");
    await pipeline.settled(id, head);
    const stored = (await commitsOf(id)).map(({ oid, parents }) =>
      [oid, ...parents].map(hex).join(" "),
    );
    expect(stored.sort()).toEqual((await revList(gitDir, "--parents", "main")).sort());
    const row = await pipeline.database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect([row.commitCount, row.orphanedCount]).toEqual([stored.length, 0]);
  }

  async function create(name: string) {
    const { gitDir } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    return { gitDir, url: `octo/${name}` };
  }

  it("with a merge of 66 branches, in a first history and pushed to a tracked one", async () => {
    const { gitDir, url } = await create("octopus");
    const branches = Array.from({ length: 66 }, (_, index) => `:${index + 1}`);
    const octopus = (parents: string[]): CommitSpec[] => [
      { message: "fork", ...(parents.length === 0 && { parents }) },
      ...branches.map((_, index) => ({ message: `branch ${index}`, parents: [":0"] })),
      { message: "octopus", parents: branches },
    ];
    const first = await pipeline.gitHub.commit(url, octopus([]));
    const id = await pipeline.add(url);
    await expectExact(id, gitDir);
    const second = await pipeline.gitHub.commit(url, octopus(first.slice(-1)));
    await expectExact(id, gitDir);
    for (const oids of [first, second]) {
      expect((await find(id, oids.at(-1) ?? "")).parents.map(hex)).toEqual(oids.slice(1, -1));
    }
  });

  it("with a merge of a branch that is dated long before its fork and longer than a page", async () => {
    const { gitDir, url } = await create("old-branch");
    const trunk = await pipeline.gitHub.commit(
      url,
      line(150, (index) => day(index)),
    );
    const id = await pipeline.add(url);
    await expectExact(id, gitDir);
    const [forked = {}, ...rest] = line(130, () => "2001-09-09T01:46:40Z");
    const branch = [{ ...forked, message: "fork", parents: [trunk[3] ?? ""] }, ...rest];
    const merge = { message: "merge", parents: [trunk.at(-1) ?? "", `:${branch.length - 1}`] };
    await pipeline.gitHub.commit(url, [...branch, merge]);
    await expectExact(id, gitDir);
    await pipeline.gitHub.commit(url, [{ message: "after the merge" }]);
    await expectExact(id, gitDir);
  });

  it("with several roots, merged before it was added and after", async () => {
    const { gitDir, url } = await create("roots");
    const history = (index: number): CommitSpec[] =>
      line(60, (at) => day(index * 10 + at)).map((commit, at) => ({
        ...commit,
        message: `${index}: ${commit.message}`,
        ...(at === 0 && { parents: [] }),
      }));
    await pipeline.gitHub.commit(url, [
      ...[0, 1, 2].flatMap(history),
      { message: "join three", parents: [":59", ":119", ":179"] },
    ]);
    const id = await pipeline.add(url);
    await expectExact(id, gitDir);
    const [head = ""] = await revList(gitDir, "main");
    await pipeline.gitHub.commit(url, [
      ...history(3),
      { message: "join a fourth", parents: [head, ":59"] },
    ]);
    await expectExact(id, gitDir);
    const roots = (await commitsOf(id)).filter(({ parents }) => parents.length === 0);
    expect(roots.map(({ oid }) => hex(oid)).sort()).toEqual(
      (await revList(gitDir, "--max-parents=0", "main")).sort(),
    );
    expect(roots).toHaveLength(4);
  });

  it("with commits of 1970 and of 2100, and what is pushed on top of them", async () => {
    const { gitDir, url } = await create("far-dates");
    const dates = ["1970-01-01T00:00:00Z", "2100-02-28T23:59:59Z", "1970-01-01T00:00:01+00:00"];
    const commits = dates.map((date) => ({ message: `at ${date}`, author: author(date) }));
    const [epoch = "", future = ""] = await pipeline.gitHub.commit(url, commits.slice(0, 2));
    const id = await pipeline.add(url);
    await expectExact(id, gitDir);
    const [past = ""] = await pipeline.gitHub.commit(url, commits.slice(2));
    await expectExact(id, gitDir);
    const stored = await Promise.all([epoch, future, past].map((oid) => find(id, oid)));
    expect(stored.map(({ committedAt }) => committedAt.toISOString())).toEqual([
      "1970-01-01T00:00:00.000Z",
      "2100-02-28T23:59:59.000Z",
      "1970-01-01T00:00:01.000Z",
    ]);
    expect(stored.map(({ authoredAt }) => authoredAt)).toEqual(
      stored.map(({ committedAt }) => committedAt),
    );
  });

  it("with every child dated before its parents", async () => {
    const { gitDir, url } = await create("backwards");
    const backwards = (commits: CommitSpec[]) =>
      commits.map((commit, index) => ({ ...commit, author: author(day(-index)) }));
    const oids = await pipeline.gitHub.commit(url, backwards(mergyHistory(150)));
    const id = await pipeline.add(url);
    await expectExact(id, gitDir);
    const [top = {}, ...rest] = backwards(mergyHistory(150));
    const pushed = [{ ...top, message: "again", parents: oids.slice(-1) }, ...rest];
    await pipeline.gitHub.commit(url, pushed);
    await expectExact(id, gitDir);
  });

  it("with commits that change nothing", async () => {
    const { gitDir, url } = await create("empty-commits");
    const blob = git(gitDir, ["hash-object", "-w", "--stdin"], "content");
    const tree = git(gitDir, ["mktree"], `100644 blob ${blob}\tfile\n`);
    await pipeline.gitHub.push(url, "main", writeRaw(gitDir, { tree, message: "a file" }));
    await pipeline.gitHub.commit(url, [{ message: "" }, { message: "nothing" }]);
    const id = await pipeline.add(url);
    await expectExact(id, gitDir);
    await pipeline.gitHub.commit(url, [{ message: "nothing" }]);
    await expectExact(id, gitDir);
    const trees = git(gitDir, ["log", "--format=%T", "main"]).split("\n");
    expect(trees).toEqual([tree, tree, tree, tree]);
  });

  it("once in each of two repositories that have the same commits", async () => {
    const [one, other] = [await create("one"), await create("other")];
    const commits = mergyHistory(130);
    const oids = await pipeline.gitHub.commit(one.url, commits);
    expect(await pipeline.gitHub.commit(other.url, commits)).toEqual(oids);
    const ids = await Promise.all([pipeline.add(one.url), pipeline.add(other.url)]);
    await expectExact(ids[0], one.gitDir);
    await expectExact(ids[1], other.gitDir);
    await pipeline.gitHub.commit(one.url, [{ message: "only here" }]);
    await expectExact(ids[0], one.gitDir);
    await expectExact(ids[1], other.gitDir);
  });

  it("with a page of messages of 65 kB", async () => {
    const { gitDir, url } = await create("long-messages");
    const messages = Array.from(
      { length: 100 },
      (_, index) => `${index}\n\n${"fifteen letters\n".repeat(4_096)}end`,
    );
    const oids = await pipeline.gitHub.commit(
      url,
      messages.map((message) => ({ message })),
    );
    const id = await pipeline.add(url);
    await expectExact(id, gitDir);
    const stored = new Map((await commitsOf(id)).map(({ oid, message }) => [hex(oid), message]));
    expect(oids.map((oid) => stored.get(oid))).toEqual(messages);
  });

  it.each([
    {
      what: "NUL",
      commit: { name: "Nul\0Name", message: "before\0after" },
      stored: { authorName: "Nul\uFFFDName", message: "before\uFFFDafter" },
    },
    {
      what: "bytes that are not UTF-8",
      commit: { name: "Ren\u00e9", message: "caf\u00e9 \u00ff\u00fe" },
      encoding: "latin1" as const,
      stored: { authorName: "Ren\uFFFD", message: "caf\uFFFD \uFFFD\uFFFD" },
    },
    {
      what: "emoji",
      commit: { name: "👩🏽‍🚀", message: "🚀 launch 👨‍👩‍👧‍👦\n\n🏳️‍🌈" },
      stored: { authorName: "👩🏽‍🚀", message: "🚀 launch 👨‍👩‍👧‍👦\n\n🏳️‍🌈" },
    },
    {
      what: "right-to-left text",
      commit: { name: "عائشة \u202eeve", message: "שלום עולם\n\nمرحبا \u2067بالعالم\u2069" },
      stored: { authorName: "عائشة \u202eeve", message: "שלום עולם\n\nمرحبا \u2067بالعالم\u2069" },
    },
  ])("with $what in a message and a name", async ({ what, commit, encoding, stored }) => {
    const { gitDir, url } = await create(`text-${what.replaceAll(" ", "-")}`);
    const oid = writeRaw(gitDir, commit, encoding);
    await pipeline.gitHub.push(url, "main", oid);
    await pipeline.gitHub.commit(url, [{ message: "on top" }]);
    const id = await pipeline.add(url);
    await expectExact(id, gitDir);
    const found = await findCommit(pipeline.database, id, oid);
    expect({ authorName: found?.author.name, message: found?.message }).toEqual(stored);
    expect(found?.committer.name).toBe(stored.authorName);
  });

  it("with an author who has no e-mail", async () => {
    const { gitDir, url } = await create("no-e-mail");
    const [oid = ""] = await pipeline.gitHub.commit(url, [
      { message: "anonymous", author: { name: "Nobody", email: "" } },
    ]);
    const id = await pipeline.add(url);
    await expectExact(id, gitDir);
    const found = await findCommit(pipeline.database, id, oid);
    expect(found?.author).toMatchObject({ name: "Nobody", email: "", login: null });
  });

  it("with a commit that was pushed away and comes back in a merge: announced once, orphaned, restored", async () => {
    const { gitDir, url } = await create("returning");
    const [base = "", gone = ""] = await pipeline.gitHub.commit(url, [
      { message: "base" },
      { message: "goes and returns" },
    ]);
    const id = await pipeline.add(url);
    await expectExact(id, gitDir);
    const [instead = ""] = await pipeline.gitHub.writeCommits(url, [
      { message: "instead", parents: [base] },
    ]);
    await pipeline.gitHub.forcePush(url, "main", instead);
    await pipeline.settled(id, instead);
    const orphan = await find(id, gone);
    expect(orphan.reachable).toBe(false);
    expect(orphan.orphanedAt).not.toBeNull();
    await pipeline.gitHub.commit(url, [{ message: "merge", parents: [instead, gone] }]);
    await expectExact(id, gitDir);
    expect(await find(id, gone)).toMatchObject({ reachable: true, orphanedAt: null });

    const events = await readFeed(pipeline.database);
    const told = events
      .filter(({ repository }) => repository.id === id)
      .flatMap(({ commits, orphanedOids, restoredOids }) => [
        ...(commits.some(({ oid }) => oid === gone) ? ["announced"] : []),
        ...(orphanedOids.includes(gone) ? ["orphaned"] : []),
        ...(restoredOids.includes(gone) ? ["restored"] : []),
      ]);
    expect(told).toEqual(["announced", "orphaned", "restored"]);
  });
});
