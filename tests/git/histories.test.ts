import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { CommitSpec } from "../../src/github-stand-in/git/git-write.js";
import { git, revList } from "../stand-in/ask.js";
import { mergyHistory } from "../support/histories.js";
import { NEVER, readAll, setScene } from "./scene.js";

const scene = setScene();

async function written(name: string, commits: readonly CommitSpec[]) {
  const { gitDir } = await scene.gitHub.addRepository({ owner: "acme", name });
  const oids = await scene.gitHub.commit(`acme/${name}`, commits);
  return { gitDir, oids, oid: oids.at(-1) ?? "", repository: { owner: "acme", name } };
}

/** What git itself shows of a commit, in the units of ours. */
function shownByGit(gitDir: string, oid: string) {
  const format = "--format=%H%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B";
  const shown = git(gitDir, ["show", "-s", "--no-mailmap", format, oid]);
  const [hash, parents = "", an, ae, at, cn, ce, ct, message = ""] = shown.split("\0");
  return {
    oid: hash,
    parents: parents.split(" ").filter((parent) => parent !== ""),
    message: message.replace(/\n+$/, ""),
    ...{ author: { name: an, email: ae }, authoredAt: new Date(Number(at) * 1_000) },
    ...{ committer: { name: cn, email: ce }, committedAt: new Date(Number(ct) * 1_000) },
  };
}

describe("a history", () => {
  test("with merges, an octopus among them, comes whole, in git's order, each commit as git shows it", async () => {
    const { gitDir, oid, repository } = await written("merges", mergyHistory(140));
    const histories = await scene.open();
    const history = await histories.open({ ...repository, oid }, { signal: NEVER });
    const expected = revList(gitDir, oid);
    expect(history.count).toBe(expected.length);
    expect(history.bytes).toBeGreaterThan(1_000);
    const { oids, commits, odd } = await readAll(history);
    expect(odd).toEqual([]);
    expect(oids).toEqual(expected);
    expect(commits.some(({ parents }) => parents.length > 2)).toBe(true);
    for (const commit of commits.filter((_, index) => index % 7 === 0)) {
      expect(commit).toEqual(shownByGit(gitDir, commit.oid));
    }
  });

  test("comes in pages of so many commits or bytes at most, one commit at least", async () => {
    const commits = Array.from({ length: 25 }, (_, index) => ({
      message: `${index} ${"x".repeat(index === 12 ? 9_000 : 300)}`,
    }));
    const { oid, repository } = await written("pages", commits);
    const histories = await scene.open();
    const open = () => histories.open({ ...repository, oid }, { signal: NEVER });
    const sizes = ({ pages }: Awaited<ReturnType<typeof readAll>>) =>
      pages.map((page) => page.commits.length);
    const byCount = await readAll(await open(), { commits: 10, bytes: 1_000_000 });
    expect(sizes(byCount)).toEqual([10, 10, 5]);
    const byBytes = await readAll(await open(), { commits: 100, bytes: 2_000 });
    expect(Math.max(...sizes(byBytes))).toBeLessThanOrEqual(4);
    expect(Math.min(...sizes(byBytes))).toBeGreaterThan(0);
    expect(byBytes.oids).toEqual(byCount.oids);
  });

  test("with texts of every length and none, and every script, is byte for byte what was committed", async () => {
    const messages = [
      "",
      "a",
      "Subject\n\nBody\n\n\nwith   gaps",
      "オーバーフロー 🚀 İß 한국어 \u0301",
      "x".repeat(3_000_000),
      randomBytes(200_000).toString("base64"),
    ];
    const { oid, repository } = await written(
      "texts",
      messages.map((message) => ({ message })),
    );
    const histories = await scene.open();
    const history = await histories.open({ ...repository, oid }, { signal: NEVER });
    const { commits } = await readAll(history, { commits: 2, bytes: 1_000 });
    const hash = (text: string) => createHash("sha1").update(text).digest("hex");
    expect(commits.map(({ message }) => hash(message))).toEqual(messages.map(hash).reverse());
  });

  test("begins at the commit asked for, wherever the branch is meanwhile", async () => {
    const { gitDir, oids, repository } = await written("middle", mergyHistory(40));
    const oid = oids[17] ?? "";
    await scene.gitHub.forcePush("acme/middle", "main", oids[3] ?? "");
    const histories = await scene.open();
    const history = await histories.open({ ...repository, oid }, { signal: NEVER });
    expect((await readAll(history)).oids).toEqual(revList(gitDir, oid));
  });

  test("of a repository that was renamed is found under the name it had", async () => {
    const { gitDir, oid } = await written("before", mergyHistory(5));
    await scene.gitHub.rename("acme/before", "after");
    const histories = await scene.open();
    const repository = { owner: "acme", name: "before" };
    const history = await histories.open({ ...repository, oid }, { signal: NEVER });
    expect((await readAll(history)).oids).toEqual(revList(gitDir, oid));
  });

  test("takes one request, which costs nothing", async () => {
    const { oid, repository } = await written("cost", mergyHistory(30));
    await scene.gitHub.reset();
    const histories = await scene.open();
    const { pages } = await readAll(
      await histories.open({ ...repository, oid }, { signal: NEVER }),
    );
    expect(pages.length).toBeGreaterThan(0);
    expect(await scene.gitHub.countOperations()).toEqual({
      "git fetch": { requests: 1, points: 0 },
    });
  });

  test("tells while it comes how much has come", async () => {
    const { oid, repository } = await written("progress", [
      { message: randomBytes(400_000).toString("base64") },
    ]);
    const told: number[] = [];
    const histories = await scene.open();
    const options = { signal: NEVER, onBytes: (bytes: number) => void told.push(bytes) };
    const history = await histories.open({ ...repository, oid }, options);
    await history.close();
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual([...told].sort((one, other) => one - other));
    expect(told.at(-1)).toBeGreaterThanOrEqual(history.bytes);
  });
});

describe("what is newer than what is known", () => {
  /** A branch that forked far back, merged after the known head. */
  const commits: CommitSpec[] = [
    ...Array.from({ length: 30 }, (_, index) => ({ message: `main ${index}` })),
    { message: "old branch", parents: [":4"] },
    { message: "old branch goes on", parents: [":30"] },
    { message: "merge", parents: [":29", ":31"] },
    { message: "on top" },
    { message: "octopus", parents: [":33", ":10", ":31", ":20"] },
  ];

  test("comes alone, whole and in order, though what it stands on is elsewhere", async () => {
    const { gitDir, oids, oid, repository } = await written("newer", commits);
    const histories = await scene.open();
    for (const known of [29, 25, 31, 10, 0]) {
      const have = [oids[known] ?? ""];
      const history = await histories.open({ ...repository, oid, have }, { signal: NEVER });
      const expected = git(gitDir, ["rev-list", oid, `^${have[0]}`]).split("\n");
      expect(history.count).toBe(expected.length);
      const read = await readAll(history);
      expect(read.oids).toEqual(expected);
      for (const commit of read.commits) expect(commit).toEqual(shownByGit(gitDir, commit.oid));
    }
  });

  test("is nothing where all of it is known", async () => {
    const { oid, repository } = await written("known", commits);
    const histories = await scene.open();
    const history = await histories.open({ ...repository, oid, have: [oid] }, { signal: NEVER });
    expect(history.count).toBe(0);
    expect((await readAll(history)).pages).toEqual([]);
  });

  test("is all of it where GitHub has none of what is known", async () => {
    const { gitDir, oid, repository } = await written("forgotten", commits);
    const histories = await scene.open();
    const have = ["1".repeat(40), "2".repeat(40)];
    const history = await histories.open({ ...repository, oid, have }, { signal: NEVER });
    expect((await readAll(history)).oids).toEqual(revList(gitDir, oid));
  });
});
