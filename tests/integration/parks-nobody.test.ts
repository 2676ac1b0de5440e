import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TrackerError } from "../../src/domain/errors.js";
import type { FaultAnswer } from "../../src/github-stand-in/http/fault.js";
import type { TaskKind, TaskPayload } from "../../src/queue/task.js";
import { eventually } from "../support/eventually.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { makeDue, readRepository, readWork, setWork } from "../support/work.js";

describe("what goes wrong beside the repositories of a check parks none of them", () => {
  let pipeline: Pipeline;
  let refuses: (kind: TaskKind, payload: unknown) => boolean;
  let refused: TaskKind[];
  beforeAll(async () => {
    refuses = () => false;
    refused = [];
    pipeline = await startPipeline({
      queue: (real) => ({
        ...real,
        publish: async (kind, payload) => {
          if (refuses(kind, payload)) {
            refused.push(kind);
            throw new TrackerError("BROKER_UNAVAILABLE", "not taken");
          }
          await real.publish(kind, payload);
        },
      }),
    });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const read = (id: number) => readRepository(pipeline.database, id);

  async function track(name: string) {
    const { id: nodeId } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const [head = ""] = await pipeline.gitHub.commit(`octo/${name}`, [{ message: "first" }]);
    const id = await pipeline.add(`octo/${name}`);
    await pipeline.settled(id, head);
    return { id, nodeId, url: `octo/${name}`, name };
  }
  const push = async ({ url }: { url: string }) =>
    (await pipeline.gitHub.commit(url, [{ message: "pushed" }])).at(-1) ?? "";
  const isActive = (id: number) =>
    eventually(async () =>
      expect(await read(id)).toMatchObject({ state: "ACTIVE", attempts: 0, lastError: null }),
    );
  /** No task has come back to its queue, from where it would come to be dead. */
  async function expectNoneReturned(): Promise<void> {
    const { values } = await pipeline.metrics.tasks.get();
    const returned = values.filter(({ labels }) => labels.outcome === "returned");
    expect(returned.filter(({ value }) => value > 0)).toEqual([]);
  }
  async function countFailures(): Promise<number> {
    const { values } = await pipeline.metrics.failures.get();
    // A look-up of the test before may fail late.
    const ours = values.filter(({ labels }) => !String(labels.code).startsWith("GITHUB_"));
    return ours.reduce((total, { value }) => total + value, 0);
  }

  it.each<[string, FaultAnswer]>([
    ["timeout-502-json", "timeout-502-json"],
    ["reset", "reset"],
    ["a list", { status: 200, body: [] }],
  ])("a look-up by the name of one that was deleted, answered with %s", async (how, answer) => {
    const { gitHub, database } = pipeline;
    const neighbour = await track(`neighbour-${how.replaceAll(" ", "-")}`);
    const gone = await track(`gone-${how.replaceAll(" ", "-")}`);
    const asked = async () =>
      (await gitHub.listRequests("LookUp")).filter(({ variables }) =>
        JSON.stringify(variables).includes(`"${gone.name}"`),
      ).length;
    const before = await asked();
    const fault = await gitHub.injectFault({
      when: { operationName: "LookUp", includes: `"${gone.name}"` },
      answer,
      times: "always",
    });
    await gitHub.deleteRepository(gone.url);
    // As often as a task that fails is delivered, and more.
    for (let times = 1; times <= 6; times += 1) {
      await eventually(async () => expect(await asked()).toBeGreaterThanOrEqual(before + times));
      await makeDue(database, "check", gone.id);
      await makeDue(database, "check", neighbour.id);
    }
    expect(await read(gone.id)).toMatchObject({ state: "UNAVAILABLE" });
    await expectNoneReturned();
    await pipeline.settled(neighbour.id, await push(neighbour));
    await isActive(neighbour.id);

    // The next check of the old one asks again.
    await gitHub.clearFaults(fault);
    await gitHub.addRepository({ owner: "octo", name: gone.name });
    const [head = ""] = await gitHub.commit(gone.url, [{ message: "another" }]);
    await makeDue(database, "check", gone.id);
    const successor = await eventually(async () => {
      const name = await database.primary.repositoryName.findUniqueOrThrow({
        where: { nameKey: gone.url },
      });
      expect(name.repositoryId).not.toBe(gone.id);
      return name.repositoryId;
    });
    await pipeline.settled(successor, head);
  });

  it("a task that the broker does not take, whether of a push or of a first history", async () => {
    const { gitHub, database } = pipeline;
    const pushed = await track("pushed");
    const failures = await countFailures();
    refuses = (kind) => kind === "pull" || kind === "backfill";
    const head = await push(pushed);
    await gitHub.addRepository({ owner: "octo", name: "new" });
    const [first = ""] = await gitHub.commit("octo/new", [{ message: "first" }]);
    const added = await pipeline.add("octo/new");
    await eventually(async () => {
      const pull = await readWork(database, "pull", pushed.id);
      const backfill = await readWork(database, "backfill", added);
      expect([pull?.dueAt, backfill?.dueAt].every((dueAt) => dueAt != null)).toBe(true);
    });
    // Checked again and again meanwhile.
    const since = Date.now();
    await eventually(async () =>
      expect((await read(pushed.id)).lastCheckedAt?.getTime()).toBeGreaterThan(since),
    );
    expect(await read(pushed.id)).toMatchObject({ state: "ACTIVE", attempts: 0, lastError: null });
    expect(await read(added)).toMatchObject({ state: "BACKFILLING", attempts: 0, lastError: null });
    await expectNoneReturned();

    expect(await countFailures()).toBe(failures);
    expect(new Set(refused)).toEqual(new Set(["pull", "backfill"]));
    refuses = () => false;
    await setWork(database, "pull", pushed.id, { claimedUntil: null }); // its lease ends in a while
    await pipeline.settled(pushed.id, head);
    await pipeline.settled(added, first);
    for (const id of [pushed.id, added]) await isActive(id);
  });

  it("a task of a successor that the broker does not take", async () => {
    const { gitHub, database } = pipeline;
    const old = await track("phoenix");
    await gitHub.deleteRepository(old.url);
    await eventually(async () => expect((await read(old.id)).state).toBe("UNAVAILABLE"));
    await gitHub.addRepository({ owner: "octo", name: "phoenix" });
    const [head = ""] = await gitHub.commit(old.url, [{ message: "another" }]);
    const isOfHeir = ({ repositoryIds }: { repositoryIds: readonly number[] }) =>
      repositoryIds.some((id) => id > old.id);
    refuses = (kind, payload) => kind === "check" && isOfHeir(payload as TaskPayload<"check">);
    await makeDue(database, "check", old.id);
    const successor = await eventually(async () => {
      const where = { name: "phoenix", id: { not: old.id } };
      return (await database.primary.repository.findFirstOrThrow({ where })).id;
    });
    await eventually(() => expect(refused).toContain("check"));
    expect(await read(old.id)).toMatchObject({ state: "UNAVAILABLE" });
    await expectNoneReturned();
    refuses = () => false;
    await setWork(database, "check", successor, { claimedUntil: null });
    await pipeline.settled(successor, head);
  });
});
