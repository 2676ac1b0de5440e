import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { GitCommit, GitHistories } from "../../src/git/git-histories.js";
import { type GitHubStandIn, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { revList } from "../stand-in/ask.js";
import { mergyHistory } from "../support/histories.js";
import { api, git } from "./history-adapters.js";

const NEVER = new AbortController().signal;
const REPOSITORY = { owner: "acme", name: "one" };

/** What a walk relies on, whichever way a history comes: both adapters tell the same of the same repository. */
describe.each([git, api])("a history by $name", ({ open, kindOf }) => {
  let gitHub: GitHubStandIn;
  let folder: string;
  let gitDir: string;
  let oids: string[];
  let head: string;
  let histories: GitHistories;

  beforeAll(async () => {
    gitHub = await startGitHubStandIn({ now: () => Date.UTC(2026, 0, 1) });
    folder = await mkdtemp(join(tmpdir(), "histories-contract-"));
    ({ gitDir } = await gitHub.addRepository(REPOSITORY));
    oids = await gitHub.commit("acme/one", mergyHistory(150));
    head = oids.at(-1) ?? "";
  });
  beforeEach(async () => {
    await gitHub.reset();
    histories = await open({ url: gitHub.url, folder });
  });
  afterAll(async () => {
    await gitHub.stop();
    await rm(folder, { recursive: true });
  });

  const read = (oid: string) => readFrom(histories, oid);
  const kind = async (work: Promise<unknown>) => work.then(() => "none", kindOf);

  test("has every commit once, as many as it says, in git's order, each after a child of its own", async () => {
    const { count, commits } = await read(head);
    const order = commits.map(({ oid }) => oid);
    expect(order).toEqual(revList(gitDir, head));
    expect(count).toBe(order.length);
    const asked = new Set([head]);
    for (const { oid, parents } of commits) {
      expect(asked).toContain(oid);
      for (const parent of parents) asked.add(parent);
    }
  });

  test("begins at the commit asked for, which no branch need lead to", async () => {
    const middle = oids[70] ?? "";
    expect((await read(middle)).commits.map(({ oid }) => oid)).toEqual(revList(gitDir, middle));
  });

  test("that is not there is said not to be, and which commit is missing", async () => {
    const oid = "1".repeat(40);
    const opening = histories.open({ ...REPOSITORY, oid }, { signal: NEVER });
    await expect(opening).rejects.toMatchObject({ details: { missingOid: oid } });
    expect(await kind(opening)).toBe("not-found");
    const nowhere = { owner: "acme", name: "none", oid: head };
    expect(await kind(histories.open(nowhere, { signal: NEVER }))).toBe("not-found");
  });

  test("is asked for no more once GitHub said to wait", async () => {
    await gitHub.injectFault({ answer: "secondary-429", times: "always" });
    expect(await kind(read(head))).toBe("rate-limited");
    await gitHub.clearFaults();
    const before = (await gitHub.listRequests()).length;
    await expect(read(head)).rejects.toMatchObject({ details: { retryAt: expect.any(Date) } });
    expect((await gitHub.listRequests()).length).toBe(before);
  });

  test("that breaks off fails, as one that cannot be reached", async () => {
    for (const answer of ["reset", "cut", { status: 502 }] as const) {
      await gitHub.injectFault({ answer });
      expect(await kind(read(head))).toBe("unreachable");
    }
  });

  test("that is no longer wanted ends with the caller's own reason", async () => {
    const aborting = new AbortController();
    await gitHub.injectFault({ answer: "hang" });
    const opening = histories.open({ ...REPOSITORY, oid: head }, { signal: aborting.signal });
    aborting.abort(new Error("no longer wanted"));
    await expect(opening).rejects.toThrow("no longer wanted");
  });
});

async function readFrom(histories: GitHistories, oid: string) {
  const history = await histories.open({ ...REPOSITORY, oid }, { signal: NEVER });
  const commits: GitCommit[] = [];
  try {
    for await (const page of history.pages({ commits: 40, bytes: 1_000_000 })) {
      expect(page.commits.length).toBeLessThanOrEqual(40);
      commits.push(...page.commits);
    }
  } finally {
    await history.close();
  }
  return { count: history.count, commits };
}

test("both ways tell the same of the same repository, field by field", async () => {
  const gitHub = await startGitHubStandIn();
  const folder = await mkdtemp(join(tmpdir(), "histories-contract-"));
  try {
    await gitHub.addRepository(REPOSITORY);
    const head = (await gitHub.commit("acme/one", mergyHistory(150))).at(-1) ?? "";
    const [byGit, byApi] = await Promise.all(
      [git, api].map(async ({ open }) => readFrom(await open({ url: gitHub.url, folder }), head)),
    );
    expect(byGit).toEqual(byApi);
  } finally {
    await gitHub.stop();
    await rm(folder, { recursive: true });
  }
});
