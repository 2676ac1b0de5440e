import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import type { OwnerListing } from "../../src/store/work/listing-store.js";
import { addOwner } from "../../src/tracking/add-owner.js";
import { eventually } from "../support/eventually.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { makeDue } from "../support/work.js";

const logger = pino({ level: "silent" });
const OPERATION = "OwnedRepositories";

describe("adding an owner", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline?.[Symbol.asyncDispose]());
  afterEach(() => pipeline.gitHub.clearFaults());

  async function own(owner: string, count: number): Promise<string[]> {
    const names = Array.from({ length: count }, (_, index) => `r${index}`);
    for (const name of names)
      await pipeline.gitHub.addRepository({ owner, name, diskUsage: 2_000 });
    return names;
  }
  const add = (
    login: string,
    {
      waitMs = 20_000,
      queue = pipeline.queue,
      ...wanted
    }: Partial<Parameters<typeof addOwner>[1]> & {
      queue?: Pipeline["queue"];
    } = {},
  ): Promise<OwnerListing> =>
    addOwner(
      { database: pipeline.database, queue, logger },
      {
        ...{ login, includeForks: false, includeArchived: false, isDryRun: false, trackFrom: null },
        ...{ waitMs, signal: new AbortController().signal, ...wanted },
      },
    );
  const tracked = (owner: string) =>
    pipeline.database.primary.repository.findMany({ where: { owner }, orderBy: { id: "asc" } });
  const asked = async () => (await pipeline.gitHub.countOperations())[OPERATION]?.requests ?? 0;

  it("adds every repository once, page by page, and has each checked; again it changes nothing", async () => {
    const names = await own("many", 230);
    const before = await asked();
    const trackFrom = new Date("2024-01-01T00:00:00Z");
    const first = await add("MANY", { trackFrom });
    expect(first).toMatchObject({
      ...{ login: "many", isFinished: true, totalCount: 230, listedCount: 230, addedCount: 230 },
      ...{ hiddenCount: 0, points: 230 * 4, failure: null },
    });
    expect(await asked()).toBe(before + 3);
    const rows = await tracked("many");
    expect(rows.map(({ name }) => name)).toEqual(names);
    expect(rows.every((row) => row.trackFrom?.getTime() === trackFrom.getTime())).toBe(true);
    await eventually(async () => {
      const states = (await tracked("many")).map(({ state }) => state);
      expect(new Set(states)).toEqual(new Set(["EMPTY"]));
    });
    const again = await add("many", { trackFrom });
    expect(again).toMatchObject({ id: first.id, listedCount: 230, addedCount: 0, points: 0 });
    expect(again.repositories.every(({ isTracked }) => isTracked)).toBe(true);
    expect(await tracked("many")).toHaveLength(230);
  });

  it("lists and guesses with a dry run, and adds nothing", async () => {
    await own("dry", 3);
    await pipeline.gitHub.addRepository({ owner: "dry", name: "fork", isFork: true });
    await pipeline.add("dry/r1");
    const listing = await add("dry", { isDryRun: true, includeForks: true });
    expect(listing).toMatchObject({ totalCount: 4, addedCount: 3, points: 4 + 4 + 1 });
    expect(
      listing.repositories.map(({ nameWithOwner, isTracked, isFork, estimatedPoints }) => [
        ...[nameWithOwner, isTracked, isFork, estimatedPoints],
      ]),
    ).toEqual([
      ["dry/r0", false, false, 4],
      ["dry/r1", true, false, 0],
      ["dry/r2", false, false, 4],
      ["dry/fork", false, true, 1],
    ]);
    expect(await tracked("dry")).toHaveLength(1);
  });

  it("goes on waiting for the same listing when asked again, however often, and asks GitHub once", async () => {
    await own("slow", 2);
    await pipeline.gitHub.injectFault({
      when: { operationName: OPERATION },
      answer: { delayMs: 1_500 },
    });
    const before = await asked();
    const early = await Promise.all([1, 2, 3].map(() => add("slow", { waitMs: 0 })));
    expect(new Set(early.map(({ id }) => id)).size).toBe(1);
    expect(early.every(({ isFinished }) => !isFinished)).toBe(true);
    const late = await add("slow");
    expect(late).toMatchObject({ id: early[0]?.id, isFinished: true, addedCount: 2 });
    expect(await asked()).toBe(before + 1);
  });

  it("finds one that is tracked under a former name, and the one that has that name now", async () => {
    await own("moved", 2);
    const id = await pipeline.add("moved/r0");
    await eventually(async () => {
      expect((await tracked("moved"))[0]?.state).toBe("EMPTY");
    });
    await pipeline.gitHub.rename("moved/r0", "elsewhere");
    await pipeline.gitHub.addRepository({ owner: "moved", name: "r0" });
    const listing = await add("moved");
    expect(listing.addedCount).toBe(2);
    const byName = new Map(listing.repositories.map((one) => [one.nameWithOwner, one]));
    expect(byName.get("moved/elsewhere")).toMatchObject({ isTracked: true, repositoryId: id });
    const heir = byName.get("moved/r0");
    expect(heir).toMatchObject({ isTracked: false });
    expect(heir?.repositoryId).not.toBe(id);
    await eventually(async () => {
      const rows = await tracked("moved");
      expect(rows.map(({ name }) => name).sort()).toEqual(["elsewhere", "r0", "r1"]);
    });
  });

  it.each([
    ["nobody-here", undefined, "NOT_FOUND"],
    ["guarded", "FORBIDDEN", "GITHUB_FORBIDDEN"],
  ])(
    "tells why it cannot be carried through, and may be asked again: %s",
    async (login, type, code) => {
      if (type !== undefined) {
        await own(login, 1);
        await pipeline.gitHub.injectFault({
          when: { operationName: OPERATION },
          answer: { fieldError: { field: "Query.repositoryOwner", type, message: "SAML, sorry." } },
        });
      }
      await expect(add(login)).rejects.toMatchObject({ code, details: { field: "login" } });
      if (type === undefined) await own(login, 1);
      expect(await add(login)).toMatchObject({ addedCount: 1 });
    },
  );

  it("waits where GitHub says to, tries again where it fails, and goes on from the page it was at", async () => {
    await own("bumpy", 120);
    for (const answer of ["timeout-502-json", "reset"] as const) {
      await pipeline.gitHub.injectFault({ when: { operationName: OPERATION, nth: 2 }, answer });
    }
    const listing = await add("bumpy", { waitMs: 25_000 });
    expect(listing).toMatchObject({ isFinished: true, listedCount: 120, addedCount: 120 });
    expect(await tracked("bumpy")).toHaveLength(120);
    const requests = await pipeline.gitHub.listRequests(OPERATION);
    const cursors = requests
      .map(({ variables }) => variables as { login?: string; after?: string | null } | null)
      .flatMap((variables) => (variables?.login === "bumpy" ? [variables.after] : []));
    expect(cursors.filter((after) => after === null)).toHaveLength(1);
  });

  it("is found by the scheduler when its task is lost", async () => {
    await own("lost", 1);
    const lost = createInProcessQueue({ logger });
    await lost.close();
    const early = await add("lost", { waitMs: 0, queue: lost });
    expect(early.isFinished).toBe(false);
    await makeDue(pipeline.database, "listing", early.id);
    expect(await add("lost")).toMatchObject({ id: early.id, addedCount: 1 });
  });

  it("refuses an owner of more than it can take at once, before it adds any", async () => {
    const body = {
      data: {
        repositoryOwner: {
          login: "huge",
          repositories: {
            totalCount: 10_001,
            nodes: [],
            pageInfo: { endCursor: "a", hasNextPage: true },
          },
        },
      },
    };
    await pipeline.gitHub.injectFault({
      when: { operationName: OPERATION },
      answer: { status: 200, body },
    });
    await expect(add("huge")).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringContaining("10000"),
    });
  });
});
