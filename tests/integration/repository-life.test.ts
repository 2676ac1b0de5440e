import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { createWorld, type QueuedTask, type World } from "../model/world.js";
import { eventually } from "../support/eventually.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { makeDue, readRepository } from "../support/work.js";

const DAY_MS = 86_400_000;

const hex = (oid: Uint8Array) => Buffer.from(oid).toString("hex");

async function storedOids({ database }: Pick<World, "database">, id: number): Promise<string[]> {
  const rows = await database.primary.commit.findMany({ where: { repositoryId: id } });
  return rows.map(({ oid }) => hex(oid)).sort();
}

describe("a tracked repository", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const read = (id: number) => readRepository(pipeline.database, id);
  const becomes = (id: number, state: Partial<Awaited<ReturnType<typeof read>>>) =>
    eventually(async () => expect(await read(id)).toMatchObject(state));

  async function track(name: string, length = 5) {
    const url = `octo/${name}`;
    const { gitDir } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const oids = await pipeline.gitHub.commit(url, mergyHistory(length));
    const id = await pipeline.add(url);
    await pipeline.settled(id, oids.at(-1) ?? "");
    return { id, url, gitDir, oids };
  }

  async function expectExact(id: number, gitDir: string): Promise<void> {
    const history = await revList(gitDir, "main");
    await pipeline.settled(id, history[0] ?? "");
    expect(await storedOids(pipeline, id)).toEqual(history.sort());
  }

  it("that is transferred stays the same row, shows its new name, and is found by both", async () => {
    const { id, url, gitDir } = await track("moved");
    await pipeline.gitHub.transfer(url, "Acme");
    await becomes(id, { owner: "Acme", name: "moved", state: "ACTIVE" });
    expect(await pipeline.add("octo/moved")).toBe(id);
    expect(await pipeline.add("https://github.com/acme/moved")).toBe(id);
    await pipeline.gitHub.commit("Acme/moved", [{ message: "under the new owner" }]);
    await expectExact(id, gitDir);
    await pipeline.gitHub.rename("Acme/moved", "settled");
    await becomes(id, { owner: "Acme", name: "settled" });
    for (const name of ["octo/moved", "acme/moved", "acme/settled"]) {
      expect(await pipeline.add(name)).toBe(id);
    }
  });

  const block = { message: "Repository access blocked", field: "Repository.defaultBranchRef" };
  it.each([
    {
      how: "by an error FORBIDDEN in place of it",
      flags: { refusal: "token-permission" } as const,
    },
    { how: "by an error FORBIDDEN within it", fault: { ...block, type: "FORBIDDEN" } },
    { how: "by an error NOT_FOUND within it", fault: { ...block, type: "NOT_FOUND" } },
    { how: "as if it did not exist", flags: { isPrivate: true } },
    { how: "as disabled", flags: { isDisabled: true } },
  ])(
    "that GitHub blocks $how is unavailable with a reason, keeps its commits, and comes back by itself",
    async ({ how, flags, fault }) => {
      const { id, url, gitDir, oids } = await track(`blocked-${how.replaceAll(" ", "-")}`);
      const faultId =
        fault &&
        (await pipeline.gitHub.injectFault({
          answer: { fieldError: { ...fault, repository: url } },
          times: "always",
        }));
      if (flags) await pipeline.gitHub.setFlags(url, flags);
      await becomes(id, { state: "UNAVAILABLE", lastError: expect.stringMatching(/\w{5}/) });
      await pipeline.gitHub.commit(url, [{ message: "pushed while it could not be seen" }]);
      expect(await storedOids(pipeline, id)).toEqual(oids.sort());

      await pipeline.gitHub.clearFaults(faultId ?? -1);
      const back = { refusal: null, isPrivate: false, isDisabled: false };
      await pipeline.gitHub.setFlags(url, back);
      await expectExact(id, gitDir);
      await becomes(id, { state: "ACTIVE", lastError: null, attempts: 0 });
    },
  );

  it("that is blocked in the middle of its first history goes on from there when it is back", async () => {
    const { gitHub } = pipeline;
    const url = "octo/blocked-halfway";
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "blocked-halfway" });
    const head = (await gitHub.commit(url, mergyHistory(250))).at(-1) ?? "";
    const stuck = await gitHub.injectFault({
      when: { operationName: "History", includes: `${head} 99` },
      answer: "timeout-502-json",
      times: "always",
    });
    const id = await pipeline.add(url);
    await eventually(async () => expect(await storedOids(pipeline, id)).toHaveLength(100));
    const kept = await storedOids(pipeline, id);
    await gitHub.setFlags(url, { refusal: "token-permission" });
    await becomes(id, { state: "UNAVAILABLE" });
    expect(await storedOids(pipeline, id)).toEqual(kept);
    await gitHub.clearFaults(stuck);
    await gitHub.setFlags(url, { refusal: null });
    await expectExact(id, gitDir);
    await becomes(id, { state: "ACTIVE", lastError: null });
  });

  it("that is archived stays active and shows it, and takes up pushes once it is not any more", async () => {
    const { id, url, gitDir, oids } = await track("archived");
    await pipeline.gitHub.setFlags(url, { isArchived: true });
    await becomes(id, { isArchived: true, state: "ACTIVE", lastError: null });
    expect(await storedOids(pipeline, id)).toEqual(oids.sort());
    await pipeline.gitHub.setFlags(url, { isArchived: false });
    await pipeline.gitHub.commit(url, [{ message: "in use again" }]);
    await expectExact(id, gitDir);
    await becomes(id, { isArchived: false, state: "ACTIVE" });
  });

  it("that is made private shows it where the token still sees it, and public again", async () => {
    const { id, url, gitDir } = await track("private");
    await pipeline.gitHub.setFlags(url, { isPrivate: true, visibleTo: ["octocat"] });
    await becomes(id, { isPrivate: true, state: "ACTIVE", lastError: null });
    await pipeline.gitHub.commit(url, [{ message: "in private" }]);
    await expectExact(id, gitDir);
    await pipeline.gitHub.setFlags(url, { visibleTo: [] });
    await becomes(id, { isPrivate: true, state: "UNAVAILABLE" });
    await pipeline.gitHub.commit(url, [{ message: "out of sight" }]);
    await pipeline.gitHub.setFlags(url, { isPrivate: false });
    await expectExact(id, gitDir);
    await becomes(id, { isPrivate: false, state: "ACTIVE", lastError: null });
  });

  it("that is empty says so until its first push", async () => {
    const { gitDir } = await pipeline.gitHub.addRepository({ owner: "octo", name: "empty" });
    const id = await pipeline.add("octo/empty");
    await becomes(id, { state: "EMPTY", headOid: null, lastError: null });
    expect(await storedOids(pipeline, id)).toEqual([]);
    await pipeline.gitHub.commit("octo/empty", mergyHistory(30));
    await expectExact(id, gitDir);
    await becomes(id, { state: "ACTIVE" });
  });

  it("that loses its default branch keeps its commits, and takes up the next push to it", async () => {
    const { id, url, gitDir, oids } = await track("branchless");
    await pipeline.gitHub.deleteBranch(url, "main");
    await becomes(id, { defaultBranch: null });
    expect(await storedOids(pipeline, id)).toEqual(oids.sort());
    const commits = [{ message: "again", parents: [oids.at(-1) ?? ""] }];
    const [head = ""] = await pipeline.gitHub.commit(url, commits);
    await pipeline.settled(id, head);
    await expectExact(id, gitDir);
    await becomes(id, { state: "ACTIVE", defaultBranch: "main", lastError: null });
  });

  it("that stays gone is asked for half as often after each attempt, down to once a day", async () => {
    const { id, url, gitDir } = await track("gone");
    await pipeline.gitHub.setFlags(url, { isPrivate: true });
    const distanceAfter = async (attempts: number): Promise<number> => {
      await makeDue(pipeline.database, "check", id, { attempts: attempts - 1 });
      return await eventually(async () => {
        const { attempts: made, lastCheckedAt, nextCheckAt } = await read(id);
        expect(made).toBe(attempts);
        return (nextCheckAt?.getTime() ?? 0) - (lastCheckedAt?.getTime() ?? 0);
      });
    };
    await eventually(async () => expect((await read(id)).attempts).toBeGreaterThanOrEqual(6));
    const distances: number[] = [];
    for (const attempts of [8, 9, 10, 11, 12]) distances.push(await distanceAfter(attempts));
    for (const [index, distance] of distances.slice(1).entries()) {
      expect(distance / (distances[index] ?? 0)).toBeGreaterThan(1.7);
      expect(distance / (distances[index] ?? 0)).toBeLessThan(2.3);
    }
    const rarest = await distanceAfter(60);
    expect(rarest / DAY_MS).toBeGreaterThan(0.9);
    expect(rarest / DAY_MS).toBeLessThan(1.1);
    expect(await read(id)).toMatchObject({ state: "UNAVAILABLE" });

    await pipeline.gitHub.setFlags(url, { isPrivate: false });
    await makeDue(pipeline.database, "check", id);
    await expectExact(id, gitDir);
    await becomes(id, { state: "ACTIVE", attempts: 0 });
  });

  it("that is removed while a page is on its way gets nothing of it, and begins anew when added again", async () => {
    const { gitHub, database } = pipeline;
    const url = "octo/removed";
    const { gitDir, id: nodeId } = await gitHub.addRepository({ owner: "octo", name: "removed" });
    const head = (await gitHub.commit(url, mergyHistory(250))).at(-1) ?? "";
    const when = { operationName: "History", includes: nodeId, nth: 2 };
    await gitHub.injectFault({ when, answer: { delayMs: 1_000 } });
    const id = await pipeline.add(url);
    await eventually(async () => expect(await storedOids(pipeline, id)).toHaveLength(100));
    expect(await removeRepository({ database }, id)).toBe(100);

    const again = await pipeline.add(url);
    expect(again).not.toBe(id);
    await expectExact(again, gitDir);
    await eventually(async () => {
      const pages = (await gitHub.listRequests("History")).filter(({ variables }) => {
        const asked = JSON.stringify(variables);
        return asked.includes(nodeId) && asked.includes(`${head} 99`);
      });
      expect(pages).toHaveLength(2);
    });
    expect(await storedOids(pipeline, id)).toEqual([]);
    expect(await read(id)).toMatchObject({ headOid: null, frontier: [], commitCount: 0 });
  });
});

describe("what is done to a repository at the same time", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ pageSize: 10, lockMs: 20_000 });
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const isPull = ({ kind }: QueuedTask) => kind === "pull" || kind === "backfill";

  /** A repository whose first history of 150 or so has got to its hundredth commit, and the task that goes on. */
  async function halfway(name: string) {
    const url = `octo/${name}`;
    const { gitDir } = await world.gitHub.addRepository({ owner: "octo", name });
    await world.gitHub.commit(url, mergyHistory(150));
    const id = await world.add(url);
    await world.check(id, null);
    await world.pull(await nextPull(), null);
    expect(await storedOids(world, id)).toHaveLength(100);
    return { id, url, gitDir, task: await nextPull() };
  }

  async function nextPull(): Promise<QueuedTask> {
    await world.schedule();
    const task = world.tasks.splice(0).find(isPull);
    if (task === undefined) throw new Error("there is no pull to hand over");
    return task;
  }

  async function finish(id: number, gitDir: string): Promise<void> {
    await world.check(id, null);
    for (await world.schedule(); world.tasks.some(isPull); await world.schedule()) {
      await world.pull(await nextPull(), null);
    }
    expect(await storedOids(world, id)).toEqual((await revList(gitDir, "main")).sort());
    const row = await world.database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect(row).toMatchObject({ state: "ACTIVE", frontier: [] });
  }

  async function everythingOf(repositoryId: number) {
    const { repository, commit, feedEvent, historyRewrite } = world.database.primary;
    return {
      row: await repository.findUniqueOrThrow({ where: { id: repositoryId } }),
      commits: await commit.findMany({ where: { repositoryId }, orderBy: { oid: "asc" } }),
      events: await feedEvent.findMany({ where: { repositoryId }, orderBy: { sequence: "asc" } }),
      rewrites: await historyRewrite.count({ where: { repositoryId } }),
      requests: await world.gitHub.countOperations(),
    };
  }

  it("removing it in the middle of its first history leaves no commit, and late tasks do nothing", async () => {
    const { id, url, gitDir, task } = await halfway("removed");
    expect(await removeRepository(world, id)).toBe(100);
    const removed = await everythingOf(id);
    expect(removed.row.removedAt).not.toBeNull();
    expect(removed.row).toMatchObject({ commitCount: 0, frontier: [], headOid: null });
    expect(removed.commits).toEqual([]);
    await expect(removeRepository(world, id)).rejects.toMatchObject({ code: "NOT_FOUND" });

    const { generation } = removed.row;
    const ofNow: QueuedTask = { kind: "backfill", payload: { repositoryId: id, generation } };
    await world.pull(task, null);
    await world.pull(ofNow, null);
    await world.check(id, null);
    expect(await everythingOf(id)).toEqual(removed);
    expect(world.tasks).toEqual([]);

    const again = await world.add(url);
    expect(again).not.toBe(id);
    await finish(again, gitDir);
    await world.pull(task, null);
    const { requests: _later, ...kept } = removed;
    expect(await everythingOf(id)).toMatchObject(kept);
  });

  it("a pull task of an old generation changes nothing and asks nothing", async () => {
    const { id, gitDir, task } = await halfway("old-generation");
    await world.reset(id, new Date(0));
    const before = await everythingOf(id);
    expect(before.commits).toEqual([]);
    await world.pull(task, null);
    expect(await everythingOf(id)).toEqual(before);
    expect(world.tasks).toEqual([]);
    await finish(id, gitDir);
    const complete = await everythingOf(id);
    await world.pull(task, null);
    expect(await everythingOf(id)).toEqual(complete);
  });

  it("a reset waits for the page that is being written, and the page fetched before it is not written", async () => {
    const { id, gitDir, task } = await halfway("reset");
    const page = await world.lock(id);
    let isReset = false;
    const reset = world.reset(id, new Date(0)).then(() => {
      isReset = true;
    });
    await page.waitedFor(1);
    const late = world.pull(task, null);
    await page.waitedFor(2);
    expect(isReset).toBe(false);
    expect(await storedOids(world, id)).toHaveLength(100);

    await page.release();
    await Promise.all([reset, late]);
    const { commits, row } = await everythingOf(id);
    expect(commits).toEqual([]);
    expect(row).toMatchObject({ generation: 1, commitCount: 0, headOid: null });
    await finish(id, gitDir);
  });

  it("a removal waits for the page that is being written", async () => {
    const { id } = await halfway("removed-under-lock");
    const page = await world.lock(id);
    let isRemoved = false;
    const removal = removeRepository(world, id).then((count) => {
      isRemoved = true;
      return count;
    });
    await page.reachedBy("for update skip locked"); // a removal stands in no queue for the row
    expect(isRemoved).toBe(false);
    expect(await storedOids(world, id)).toHaveLength(100);
    await page.release();
    expect(await removal).toBe(100);
    expect(await storedOids(world, id)).toEqual([]);
  });
});
