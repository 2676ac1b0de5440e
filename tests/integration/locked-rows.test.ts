import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Repository as Row } from "../../src/postgres/prisma-client/client.js";
import { eventually } from "../support/eventually.js";
import { mergyHistory } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { lockRepository } from "../support/row-lock.js";
import { makeDue, readRepository, readWork, type WorkData } from "../support/work.js";

const HOUR_MS = 3_600_000;
const MANY = 50;

describe("a repository whose row somebody else holds", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({ bounds: { minMs: HOUR_MS, maxMs: HOUR_MS } });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const read = (id: number) => readRepository(pipeline.database, id);

  async function track(name: string) {
    const { id: nodeId } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const [head = ""] = await pipeline.gitHub.commit(`octo/${name}`, [{ message: "first" }]);
    const id = await pipeline.add(`octo/${name}`);
    await pipeline.settled(id, head);
    return { id, nodeId, url: `octo/${name}`, head };
  }

  /** Checked and found well, with nothing left of what was in the way. */
  const isWell = (id: number) =>
    eventually(async () => {
      const { dueAt, claimedUntil } = (await readWork(pipeline.database, "check", id)) ?? {};
      expect(dueAt?.getTime()).toBeGreaterThan(Date.now() + HOUR_MS / 2);
      expect(claimedUntil).toBeNull();
      expect(await read(id)).toMatchObject({ state: "ACTIVE", attempts: 0, lastError: null });
    });

  it("holds up none of the others that are checked with it, and is checked itself when the row is free", async () => {
    const all: Awaited<ReturnType<typeof track>>[] = [];
    for (let index = 0; index < MANY; index += 1) all.push(await track(`many${index}`));
    const [locked, ...others] = all;
    if (locked === undefined) throw new Error("there is none");
    for (const { id } of all) await isWell(id);

    const checkAll = async () => {
      for (const { id } of all) {
        await makeDue(pipeline.database, "check", id, { reason: "REQUESTED" });
      }
    };
    const countChecked = (since: Date) =>
      pipeline.database.primary.work.count({
        where: {
          ...{ kind: "check", doneAt: { gt: since } },
          subjectId: { in: others.map(({ id }) => id) },
        },
      });

    // Nothing new in any of them: all are written at once.
    const lock = await lockRepository(pipeline.url, locked.id);
    const since = new Date();
    await checkAll();
    await eventually(async () => expect(await countChecked(since)).toBe(MANY - 1), 30_000);
    for (const { id } of others) await isWell(id);

    // Something new in each of them: each is written by itself.
    const heads = new Map<number, string>();
    for (const { id, url } of all) {
      const [head = ""] = await pipeline.gitHub.commit(url, [{ message: "pushed" }]);
      heads.set(id, head);
    }
    await checkAll();
    for (const { id } of others) await pipeline.settled(id, heads.get(id) ?? "", 30_000);
    for (const { id } of others) await isWell(id);
    const { headOid, ...held } = await read(locked.id);
    expect(held).toMatchObject({ state: "ACTIVE", attempts: 0, lastError: null });
    expect(headOid && Buffer.from(headOid).toString("hex")).toBe(locked.head);

    await lock.release();
    await pipeline.settled(locked.id, heads.get(locked.id) ?? "", 30_000);
    await isWell(locked.id);
  }, 180_000);

  it.each<{ what: string; becomes: Partial<Row>; work: WorkData; ends: Partial<Row> }>([
    {
      what: "has failed before",
      becomes: {},
      work: { attempts: 3, failure: { lastError: "no luck", firstError: "no luck" } },
      ends: { state: "ACTIVE" },
    },
    {
      what: "was paused meanwhile",
      becomes: { state: "PAUSED" },
      work: {},
      ends: { state: "PAUSED" },
    },
  ])(
    "holds up none of the others when it $what, and is done with when the row is free",
    async ({ what, becomes, work, ends }) => {
      const { database, queue, url } = pipeline;
      const all: Awaited<ReturnType<typeof track>>[] = [];
      for (const name of ["one", "held", "other"]) {
        all.push(await track(`${name}-${what.replaceAll(" ", "-")}`));
      }
      for (const { id } of all) await isWell(id);
      const ids = all.map(({ id }) => id);
      const [, held = 0] = ids;
      await database.primary.repository.update({ where: { id: held }, data: becomes });
      // As if a scheduler had published them, all in one task.
      const claimedUntil = new Date(Date.now() + HOUR_MS);
      const dueAt = new Date();
      for (const id of ids) {
        await makeDue(database, "check", id, { dueAt, claimedUntil, ...(id === held && work) });
      }
      const lock = await lockRepository(url, held);
      await queue.publish("check", { repositoryIds: ids });
      for (const id of ids.filter((id) => id !== held)) await isWell(id);
      // Due soon, and a scheduler may have it again and again meanwhile.
      await eventually(async () =>
        expect(
          (await readWork(database, "check", held))?.claimedUntil?.getTime() ?? 0,
        ).toBeLessThan(claimedUntil.getTime()),
      );
      expect(await readWork(database, "check", held)).toMatchObject(work);
      await lock.release();
      await eventually(async () => {
        const row = await read(held);
        expect(row).toMatchObject({ ...ends, attempts: 0, lastError: null });
        const { dueAt: next } = (await readWork(database, "check", held)) ?? {};
        if (row.state === "PAUSED") expect(next).toBeNull();
        else expect(next?.getTime()).toBeGreaterThan(Date.now() + HOUR_MS / 2);
      });
    },
  );

  it("is asked again soon where what failed of it cannot be written down meanwhile", async () => {
    await using busy = await startPipeline();
    const { gitHub, database } = busy;
    const { id: nodeId } = await gitHub.addRepository({ owner: "octo", name: "failing" });
    const head = (await gitHub.commit("octo/failing", mergyHistory(120))).at(-1) ?? "";
    const when = { operationName: "History", includes: nodeId };
    const pages = async () =>
      (await gitHub.listRequests("History")).filter(({ variables }) =>
        JSON.stringify(variables).includes(nodeId),
      ).length;
    const second = await gitHub.injectFault({
      when: { ...when, includes: `${head} 99` },
      answer: { status: 200, body: { data: { node: null } } },
      times: "always",
    });
    const id = await busy.add("octo/failing");
    await eventually(async () => expect(await pages()).toBeGreaterThan(2));
    const lock = await lockRepository(busy.url, id);
    const before = await pages();
    // One may have been under way. And no lease has ended by then: they last a minute.
    await eventually(async () => expect(await pages()).toBeGreaterThan(before + 1), 20_000);
    expect((await readWork(database, "backfill", id))?.dueAt).not.toBeNull();
    await lock.release();
    await gitHub.clearFaults(second);
    await busy.settled(id, head, 30_000);
    await eventually(async () =>
      expect(await readRepository(database, id)).toMatchObject({
        ...{ state: "ACTIVE", attempts: 0, lastError: null },
      }),
    );
  }, 90_000);
});
