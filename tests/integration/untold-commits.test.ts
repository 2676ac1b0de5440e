import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readCompleteness } from "../../src/store/repositories/completeness-reader.js";
import { findByIds } from "../../src/store/repositories/repository-reader.js";
import { requestVerification } from "../../src/store/work/verification-store.js";
import { hideCommits, retryUntold, storedCommits, untoldAre } from "../support/dated-history.js";
import { eventually } from "../support/eventually.js";
import { revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";

const RUNS = Number(process.env.MODEL_RUNS ?? 14);
const TIMEOUT_MS = Math.max(120_000, RUNS * 4_000);

describe("commits that GitHub does not tell", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({ pageSizeMax: 10 });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  afterEach(() => pipeline.gitHub.clearFaults());

  async function shown(id: number) {
    const [found] = await findByIds(pipeline.database.primaryReader, [id]);
    return found;
  }
  const stored = (id: number) => storedCommits(pipeline, id);
  const hide = (oids: readonly string[]) => hideCommits(pipeline, oids);
  const without = (oids: readonly string[], hidden: readonly string[]) =>
    oids.filter((oid) => !hidden.includes(oid)).sort();

  async function completeness(id: number) {
    const [found] = await readCompleteness(pipeline.database, [id]);
    return found;
  }
  const named = (id: number, oids: readonly string[]) => untoldAre(pipeline, id, oids);
  const retry = (id: number) => retryUntold(pipeline, id);
  const headIs = (id: number, oid: string) =>
    eventually(async () => expect((await shown(id))?.headOid).toBe(oid), 20_000);
  const line = (length: number) =>
    Array.from({ length }, (_, index) => ({ message: `commit ${index}` }));

  it.each([
    ["in the middle", 14],
    ["at the end of a page", 20],
    ["at the beginning of a page", 19],
    ["the root", 0],
    ["the head", 29],
  ])(
    "one of thirty, %s: the others are stored, it is named, pushes go on, and it comes in when it is told",
    async (where, place) => {
      const { gitHub, database } = pipeline;
      const repository = `untold-${where.replaceAll(" ", "-")}`;
      const name = `octo/${repository}`;
      const { gitDir } = await gitHub.addRepository({ owner: "octo", name: repository });
      const oids = await gitHub.commit(name, line(30));
      const missing = oids[place] ?? "";
      const fault = await hide([missing]);
      const id = await pipeline.add(name);
      await named(id, [missing]);
      expect((await stored(id)).reachable).toEqual(without(oids, [missing]));
      expect(await shown(id)).toMatchObject({ headOid: oids[29], attempts: 0 });
      expect((await shown(id))?.lastError).toContain("Something went wrong here.");
      expect(await completeness(id)).toMatchObject({ complete: false });

      // Live, as of any repository.
      const pushed = await gitHub.commit(name, line(3));
      await eventually(async () => expect((await shown(id))?.headOid).toBe(pushed[2]));
      expect(await stored(id)).toEqual({
        reachable: without([...oids, ...pushed], [missing]),
        orphaned: [],
      });
      const live = await database.primary.feedEvent.findMany({
        where: { repositoryId: id },
        orderBy: { sequence: "desc" },
        take: 1,
      });
      expect(live[0]?.kind).toBe("LIVE");

      // What lies behind it is no ghost when the head is set back, and what is left behind is one.
      if (place < 29) {
        await gitHub.forcePush(name, "main", oids[29] ?? "");
        await eventually(async () => expect((await shown(id))?.headOid).toBe(oids[29]));
        expect(await stored(id)).toEqual({
          reachable: without(oids, [missing]),
          orphaned: [...pushed].sort(),
        });
      }
      await database.transaction((tx) => requestVerification(tx, id, { isDeep: true }));
      await eventually(async () =>
        expect(await completeness(id)).toMatchObject({ isChecking: false, error: null }),
      );
      expect(await completeness(id)).toMatchObject({ complete: false, faultCount: 0 });

      await gitHub.clearFaults(fault);
      await retry(id);
      await eventually(async () =>
        expect((await stored(id)).reachable).toEqual((await revList(gitDir, "main")).sort()),
      );
      await eventually(async () => expect(await shown(id)).toMatchObject({ lastError: null }));
      expect((await completeness(id))?.untoldOids).toEqual([]);
    },
    60_000,
  );

  it("accounts that fail leave all commits good", async () => {
    const { gitHub } = pipeline;
    await gitHub.addRepository({ owner: "octo", name: "accounts" });
    const oids = await gitHub.commit("octo/accounts", line(30));
    const fault = await gitHub.injectFault({
      answer: {
        fieldError: {
          field: "GitActor.user",
          type: "SERVICE_UNAVAILABLE",
          message: "No accounts.",
        },
      },
      times: "always",
    });
    const id = await pipeline.add("octo/accounts");
    await pipeline.settled(id, oids[29] ?? "");
    expect((await stored(id)).reachable).toEqual([...oids].sort());
    expect(await completeness(id)).toMatchObject({ untoldOids: [] });
    await gitHub.clearFaults(fault);
  });

  it(
    "any of any history, over and over: what is stored is git's without them",
    async () => {
      let made = 0;
      const shape = fc.array(
        fc.record({ parent: fc.nat(), second: fc.option(fc.nat(), { freq: 3 }) }),
        {
          minLength: 2,
          maxLength: 45,
        },
      );
      const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
      const pushedAt = fc.option(fc.nat(2), { nil: null });
      await fc.assert(
        fc.asyncProperty(
          shape,
          picks,
          pushedAt,
          fc.nat(),
          async (commits, hiddenAt, place, back) => {
            const { gitHub } = pipeline;
            made += 1;
            const name = `octo/any${made}`;
            const { gitDir } = await gitHub.addRepository({ owner: "octo", name: `any${made}` });
            const oids = await gitHub.writeCommits(
              name,
              commits.map(({ parent, second }, index) => {
                const near = Math.max(0, index - 1 - (parent % 3));
                const all =
                  index === 0
                    ? []
                    : [`:${near}`, ...(second === null ? [] : [`:${second % index}`])];
                return { message: `${name} ${index}`, parents: [...new Set(all)] };
              }),
            );
            const head = oids.at(-1) ?? "";
            await gitHub.forcePush(name, "main", head);
            const all = await revList(gitDir, head);
            const hidden = [...new Set(hiddenAt.map((at) => all[at % all.length] ?? ""))];
            const fault = await hide(hidden);
            const id = await pipeline.add(name);
            // Of one that only untold ones lead to nobody knows the name.
            const told = (await revList(gitDir, "--parents", head))
              .map((row) => row.split(" "))
              .flatMap(([oid = "", ...parents]) => (hidden.includes(oid) ? [] : parents));
            await named(
              id,
              hidden.filter((oid) => oid === head || told.includes(oid)),
            );
            expect(await stored(id)).toEqual({ reachable: without(all, hidden), orphaned: [] });
            // A push, one of it not told, and the head set back.
            const pushed = await gitHub.writeCommits(name, [
              { message: `${name} a`, parents: [head] },
              ...[{ message: `${name} b` }, { message: `${name} c` }].map((one, index) => ({
                ...one,
                parents: [`:${index}`],
              })),
            ]);
            await gitHub.clearFaults(fault);
            const more = place === null ? [] : [pushed[place] ?? ""];
            const both = await hide([...hidden, ...more]);
            const top = pushed[2] ?? "";
            await gitHub.forcePush(name, "main", top);
            await headIs(id, top);
            expect(await stored(id)).toEqual({
              reachable: without([...all, ...pushed], [...hidden, ...more]),
              orphaned: [],
            });
            const target = all[back % all.length] ?? "";
            await gitHub.forcePush(name, "main", target);
            await headIs(id, target);
            const left = await revList(gitDir, target);
            // Nothing that git reaches is orphaned; what may lie behind one that is not told counts until it is.
            const kept = (await stored(id)).reachable;
            expect(kept).toEqual(expect.arrayContaining(without(left, hidden)));
            await gitHub.clearFaults(both);
            await retry(id);
            await eventually(async () => expect((await stored(id)).reachable).toEqual(left.sort()));
            await pipeline.settled(id, target);
          },
        ),
        { numRuns: RUNS, endOnFailure: true },
      );
    },
    TIMEOUT_MS,
  );
});
