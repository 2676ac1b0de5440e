import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rm, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { GitHistory } from "../../src/git/git-histories.js";
import { revList } from "../stand-in/ask.js";
import { eventually } from "../support/eventually.js";
import { failureOf, NEVER, processesIn, readAll, reasonOf, setScene } from "./scene.js";

const scene = setScene();
const repository = { owner: "acme", name: "long" };
const SIZE = { commits: 200, bytes: 1_000_000 };
let gitDir: string;
let oid: string;

beforeAll(async () => {
  ({ gitDir } = await scene.gitHub.addRepository(repository));
  // More than the pipes hold, so that git is in the middle of its work while we are.
  const commits = Array.from({ length: 20_000 }, (_, index) => ({ message: `change ${index}` }));
  oid = (await scene.gitHub.commit("acme/long", commits)).at(-1) ?? "";
});

const open = async (signal = NEVER) =>
  (await scene.open()).open({ ...repository, oid }, { signal });

/** Slow enough that git waits for more of the pack. */
const slowly = () =>
  scene.gitHub.injectFault({
    when: { operationName: "git fetch" },
    answer: { bytesPerSecond: 20_000 },
  });

/** Once it runs. */
async function pidOf(command: string): Promise<number> {
  return await eventually(() => {
    const found = processesIn(scene.folder).find(({ args }) => args.includes(command));
    if (found === undefined) throw new Error(`no ${command} runs`);
    return found.pid;
  });
}

/** Reads so many pages, then does something, then reads on to the end. */
async function readWith(history: GitHistory, pagesBefore: number, act: () => unknown) {
  let pages = 0;
  try {
    for await (const _ of history.pages(SIZE)) {
      pages += 1;
      if (pages === pagesBefore) await act();
    }
  } finally {
    await history.close();
  }
}

describe("git killed", () => {
  test("while a pack arrives: it fails, and the next time is as any other", async () => {
    await slowly();
    const opening = failureOf(open());
    process.kill(await pidOf("index-pack"), "SIGKILL");
    expect((await opening).reason).toBe("broken");
    expect((await readAll(await open())).oids).toEqual(revList(gitDir, oid));
  });

  test.each(
    ["rev-list", "cat-file"].flatMap((command) =>
      [1, 2, 5, 10, 15].map((pages) => [command, pages] as const),
    ),
  )("%s after page %i: it fails, and never ends as if it were whole", async (command, pages) => {
    const history = await open();
    const kill = async () => process.kill(await pidOf(command), "SIGKILL");
    expect(await reasonOf(readWith(history, pages, kill))).toBe("broken");
  });

  test("and stopped, so that nothing comes any more: it ends in time", async () => {
    const histories = await scene.open({ silenceMsMax: 4_000 });
    const history = await histories.open({ ...repository, oid }, { signal: NEVER });
    const stop = async () => process.kill(await pidOf("cat-file"), "SIGSTOP");
    expect(await reasonOf(readWith(history, 2, stop))).toBe("timed-out");
  });

  test("and stopped while a pack arrives: it ends in time", async () => {
    await slowly();
    const histories = await scene.open({ silenceMsMax: 3_000, arrivalMsMax: 5_000 });
    const opening = reasonOf(histories.open({ ...repository, oid }, { signal: NEVER }));
    process.kill(await pidOf("index-pack"), "SIGSTOP");
    expect(await opening).toBe("timed-out");
  });
});

describe("whoever aborts", () => {
  test.each([0, 1, 5, 20, 50, 100, 150, 200])(
    "%i ms after the beginning is told their own reason",
    async (ms) => {
      const aborting = new AbortController();
      const reason = new Error("no longer wanted");
      const reading = open(aborting.signal).then((history) => readAll(history, SIZE));
      setTimeout(() => aborting.abort(reason), ms);
      const told = await reading.then(
        () => reason, // it was faster
        (error: unknown) => error,
      );
      expect(told).toBe(reason);
    },
  );

  test("while a pack arrives, and while pages are read, leaves nothing, closed or not", async () => {
    await slowly();
    const arriving = new AbortController();
    const opening = failureOf(open(arriving.signal));
    await pidOf("index-pack");
    arriving.abort(new Error("stop"));
    expect((await opening).error.message).toBe("stop");
    const reading = new AbortController();
    const history = await open(reading.signal);
    const pages = history.pages(SIZE)[Symbol.asyncIterator]();
    await pages.next();
    reading.abort(new Error("stop"));
    await expect(eventually(() => pages.next(), 0)).rejects.toThrow("stop");
    await eventually(async () => expect(await readdir(scene.folder)).toEqual([]));
  });

  test("before the beginning asks for nothing", async () => {
    await scene.gitHub.reset();
    await expect(open(AbortSignal.abort(new Error("never")))).rejects.toThrow("never");
    expect(await scene.gitHub.countOperations()).toEqual({});
  });

  test("by leaving the loop, with or without closing, twice or at once, ends git", async () => {
    const history = await open();
    for await (const _ of history.pages(SIZE)) break;
    await eventually(() => expect(processesIn(scene.folder)).toEqual([]));
    await Promise.all([history.close(), history.close()]);
    const unread = await open();
    await unread.close();
    await unread.close();
    const inRead = await open();
    const pages = inRead.pages(SIZE)[Symbol.asyncIterator]();
    await pages.next();
    const next = Promise.allSettled([pages.next(), pages.next()]);
    await inRead.close();
    await next;
  });
});

describe("at start", () => {
  test("what dead processes have left is removed, what living ones and others have stays", async () => {
    const child = spawn("true");
    await once(child, "exit");
    const left = (host: string, pid: number | undefined, start = "abc") =>
      `tracker-history_${host}_${pid}_${start}_AbC123`;
    const gone = [
      left(hostname(), child.pid),
      left(hostname(), process.pid, "earlier"), // of the same id in a container
      left("another-host", 1, "old"),
    ];
    const kept = [left(hostname(), process.ppid), left("another-host", 1, "new"), "somebody-elses"];
    for (const name of [...gone, ...kept]) {
      await mkdir(join(scene.folder, name, "objects", "pack"), { recursive: true });
    }
    const twoDaysAgo = new Date(Date.now() - 48 * 3_600_000);
    await utimes(join(scene.folder, gone[2] ?? ""), twoDaysAgo, twoDaysAgo);
    const own = await open();
    await scene.open();
    const names = await readdir(scene.folder);
    expect(names).toEqual(expect.arrayContaining(kept));
    for (const name of gone) expect(names).not.toContain(name);
    expect(names).toHaveLength(kept.length + 1);
    await own.close();
    for (const name of kept) await rm(join(scene.folder, name), { recursive: true });
  });
});
