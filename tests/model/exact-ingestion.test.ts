import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WALK_KINDS } from "../../src/domain/work.js";
import { readFeedStatus } from "../../src/store/feed/feed-store.js";
import { checkHistory } from "../../src/store/work/history-check.js";
import { readWalk } from "../../src/store/work/walk-store.js";
import { expectStatisticsKept } from "../support/authors.js";
import { readFeed } from "../support/feed.js";
import { revList } from "../support/histories.js";
import { readWork } from "../support/work.js";
import { createWorld, type World } from "./world.js";

/** Runs in all; `npm run test:model -- --runs N` for a longer one. */
const RUNS = Number(process.env.MODEL_RUNS ?? 210);
/** A failing run again, by what it printed. */
const REPLAY =
  process.env.MODEL_PATH === undefined
    ? {}
    : { seed: Number(process.env.MODEL_SEED), path: process.env.MODEL_PATH };
const TIMEOUT_MS = Math.max(300_000, RUNS * 2_000);
/**
 * How GitHub takes old cursors, and how far behind its start a first history is looked through. Far: dates
 * lie whichever way, and all that is beyond is seen at once. Hardly: what is pushed later may lead to what
 * nobody has seen; dates lie from then on. Histories come by the API alone, or by git too, which fails now
 * and then.
 */
const WORLDS = [
  { cursorMode: "continue", looks: "far", transport: "api" },
  { cursorMode: "apply-index", looks: "far", transport: "auto" },
  { cursorMode: "refuse", looks: "far", transport: "git" },
  { cursorMode: "continue", looks: "hardly", transport: "auto" },
  { cursorMode: "apply-index", looks: "hardly", transport: "git" },
] as const;
const HARDLY = { slack: 1, patience: 6, undecidedMax: 1_000, beyondMax: 1_000 };

const pick = fc.nat(1_000);
const crash = fc.option(fc.integer({ min: 1, max: 20 }), { nil: null, freq: 3 });
/** Somebody else holds the repository's row until it is over. */
const isLocked = fc.nat(7).map((one) => one === 0);
const push = fc.record({
  do: fc.constant("push" as const),
  shape: fc.array(
    fc.record({ parent: pick, second: fc.option(pick, { freq: 3 }), days: fc.nat(4_000) }),
    { minLength: 1, maxLength: 9 },
  ),
});
const force = fc.record({ do: fc.constant("force" as const), to: pick });
const reset = fc.record({
  do: fc.constant("reset" as const),
  days: fc.oneof(fc.nat(4_000), fc.constant(0)),
  // In any of its slices.
  crash: fc.option(fc.integer({ min: 1, max: 60 }), { nil: null, freq: 3 }),
});
const check = { do: fc.constant("check" as const), crash, isLocked };
const pull = {
  do: fc.constant("pull" as const),
  which: pick,
  again: fc.boolean(),
  crash,
  isLocked,
};
/** A scheduler looks: what is due is claimed. */
const schedule = fc.record({ do: fc.constant("schedule" as const) });
const endLeases = fc.record({ do: fc.constant("end leases" as const) });
/** Done while an answer of GitHub's is on its way. */
const meanwhile = fc.option(
  fc.oneof(
    push,
    force,
    { weight: 2, arbitrary: reset },
    schedule,
    endLeases,
    fc.record({ ...check, meanwhile: fc.constant(null) }),
    fc.record({ ...pull, meanwhile: fc.constant(null) }),
  ),
  { nil: null, freq: 2 },
);
const step = fc.oneof(
  { weight: 4, arbitrary: push },
  { weight: 2, arbitrary: force },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("root" as const),
      days: fc.nat(4_000),
      joins: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rename" as const) }) },
  { weight: 3, arbitrary: fc.record({ ...check, meanwhile }) },
  { weight: 4, arbitrary: fc.record({ ...pull, meanwhile }) },
  { weight: 4, arbitrary: schedule },
  { weight: 2, arbitrary: endLeases },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pass time" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("refuse" as const),
      operationName: fc.constantFrom(
        "Glance",
        "LookUp",
        "History",
        "FirstParents",
        "Commits",
        "git fetch",
      ),
      answer: fc.constantFrom("timeout-502-json", "reset", "empty-200"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("fail git" as const),
      afterPages: fc.option(fc.nat(2), { nil: null, freq: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const), which: pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("settle" as const) }) },
  { weight: 1, arbitrary: reset },
);
/** A tracking start that some commits are older than; a reset to before it moves it back. */
const start = fc.option(fc.nat(1_200), { nil: null, freq: 2 });

describe.each(WORLDS)(
  "whatever happens to a repository by $transport, with cursors treated as in mode $cursorMode, that looks $looks behind a start",
  ({ cursorMode, looks, transport }) => {
    let world: World;
    let made = 0;
    beforeAll(async () => {
      const startBounds = looks === "hardly" ? { startBounds: HARDLY } : {};
      world = await createWorld({
        ...{ pageSize: 4, sliceSize: 3, lockMs: 50, transport },
        ...startBounds,
      });
      await world.gitHub.configure({ cursorMode });
    });
    afterAll(() => world?.[Symbol.asyncDispose]());

    it(
      "the stored set is git's, and the feed tells it",
      async () => {
        await fc.assert(
          fc.asyncProperty(
            start,
            fc.array(step, { minLength: 3, maxLength: 16 }),
            async (days, steps) => {
              made += 1;
              const isFar = looks === "far";
              const trackFrom =
                days === null ? null : isFar ? dateOf(days) : dayOf(1 + (days % 30));
              const name = `r${cursorMode}${looks}${transport}${made}`;
              const run = await Run.start(world, name, trackFrom, isFar);
              for (const one of steps) {
                await run.take(one);
                await run.expectNotForgotten();
              }
              await run.settle();
            },
          ),
          {
            numRuns: Math.ceil(RUNS / WORLDS.length),
            ...REPLAY,
            // Shrinking ends in time for the seed to be printed.
            interruptAfterTimeLimit: TIMEOUT_MS - 60_000,
            markInterruptAsFailure: true,
            endOnFailure: process.env.MODEL_END === "1",
          },
        );
      },
      TIMEOUT_MS,
    );
  },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Held {
  readonly isLocked: boolean;
  readonly meanwhile: unknown;
}

/** One repository, what was done to it, and every head that the tracker can have seen. */
class Run {
  readonly #oids: string[] = [];
  readonly #seen = new Set<string>();
  /** Heads that have been complete since the last reset: of those nothing may be lost. */
  readonly #complete = new Set<string>();
  #name: string;
  #head = "";
  #trackFrom: Date | null;
  /** What the first history that found the start left behind it; null before that. */
  #beyond: ReadonlySet<string> | null = null;
  /** Stored when the start was last moved back. */
  #kept: ReadonlySet<string> = new Set();

  private constructor(
    readonly world: World,
    readonly id: number,
    readonly gitDir: string,
    /** The feed's end when the run began. */
    readonly from: bigint,
    name: string,
    trackFrom: Date | null,
    readonly isFar: boolean,
  ) {
    this.#name = name;
    this.#trackFrom = trackFrom;
  }

  static async start(
    world: World,
    name: string,
    trackFrom: Date | null,
    isFar: boolean,
  ): Promise<Run> {
    world.tasks.length = 0;
    await world.gitHub.clearFaults();
    world.failGit(null);
    const { gitDir } = await world.gitHub.addRepository({ owner: "octo", name });
    const id = await world.add(`octo/${name}`, trackFrom);
    const { sequence } = await readFeedStatus(world.database);
    const run = new Run(world, id, gitDir, sequence, `octo/${name}`, trackFrom, isFar);
    await run.take({ do: "push", shape: [{ parent: 0, second: null, days: 0 }] });
    return run;
  }

  async take(one: Step): Promise<void> {
    await this.#take(one);
    await this.#findStart();
  }

  /** Where a first history has come to its end: there it begins, until the start is moved back. */
  async #findStart(): Promise<void> {
    if (this.#beyond !== null || this.#trackFrom === null) return;
    const walk = await readWalk(this.world.database.primary, this.id);
    if (!walk?.isStartFound || walk.headOid === null) return;
    const start = this.#trackFrom.getTime();
    const lines = await revList(this.gitDir, "--parents", "--timestamp", walk.headOid);
    const children = new Map<string, string[]>();
    const leads: string[] = [];
    for (const line of lines) {
      const [seconds, oid = "", ...parents] = line.split(" ");
      for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), oid]);
      if (Number(seconds) * 1_000 >= start || this.#kept.has(oid)) leads.push(oid);
    }
    const tracked = new Set(leads);
    for (const oid of tracked) for (const child of children.get(oid) ?? []) tracked.add(child);
    const all = lines.map((line) => line.split(" ")[1] ?? "");
    this.#beyond = new Set(all.filter((oid) => !tracked.has(oid)));
  }

  /** Where it is not looked far behind the start, dates lie only once that is found. */
  #dateOf(days: number, place: number): Date {
    if (this.isFar) return dateOf(days);
    return dayOf(this.#beyond === null ? place : days % 80);
  }

  async #take(one: Step): Promise<void> {
    const { gitHub, tasks } = this.world;
    switch (one.do) {
      case "push": {
        const base = this.#oids.length;
        const specs = one.shape.map(({ parent, second, days }, index) => {
          // The first goes on from the head; the others from anywhere, so that branches are born and merged.
          const previous =
            index === 0 ? (this.#head === "" ? [] : [this.#head]) : [`:${index - 1}`];
          const other = second === null || base === 0 ? [] : [this.#oids[second % base] ?? ""];
          const aside = index > 0 && index < one.shape.length - 1 && parent % 3 === 0 && base > 0;
          const parents = aside ? [this.#oids[parent % base] ?? ""] : previous;
          const date = this.#dateOf(days, base + index);
          return commit(`${this.#name} ${base + index}`, date, [
            ...new Set([...parents, ...other]),
          ]);
        });
        const written = await gitHub.writeCommits(this.#name, specs);
        this.#oids.push(...written);
        await this.#move(written.at(-1) ?? "");
        return;
      }
      case "force":
        if (this.#oids.length > 0) await this.#move(this.#oids[one.to % this.#oids.length] ?? "");
        return;
      case "root": {
        const date = () => this.#dateOf(one.days, this.#oids.length);
        const [root = ""] = await gitHub.writeCommits(this.#name, [
          commit(`root ${this.#oids.length}`, date(), []),
        ]);
        this.#oids.push(root);
        if (!one.joins) return await this.#move(root);
        const join = commit(`join ${this.#oids.length}`, date(), [this.#head, root]);
        const [joined = ""] = await gitHub.writeCommits(this.#name, [join]);
        this.#oids.push(joined);
        await this.#move(joined);
        return;
      }
      case "rename":
        this.#name = (
          await gitHub.rename(this.#name, `${this.#name.split("/")[1]}x`)
        ).nameWithOwner;
        return;
      case "check":
        this.#seen.add(this.#head);
        return await this.#holding(one, () =>
          this.world.check(this.id, one.crash, this.#during(one.meanwhile)),
        );
      case "pull": {
        const task = tasks[one.which % Math.max(1, tasks.length)];
        if (task === undefined) return;
        if (!one.again) tasks.splice(tasks.indexOf(task), 1);
        return await this.#holding(one, () =>
          this.world.pull(task, one.crash, this.#during(one.meanwhile)),
        );
      }
      case "schedule":
        return await this.world.schedule();
      case "end leases":
        return await this.world.endLeases(this.id);
      case "pass time":
        return await this.world.passTime(this.id);
      case "refuse": {
        const { operationName, answer } = one;
        await gitHub.injectFault({ when: { operationName }, answer });
        return;
      }
      case "fail git":
        return this.world.failGit(one.afterPages);
      case "lose":
        if (tasks.length > 0) tasks.splice(one.which % tasks.length, 1);
        return;
      case "reset": {
        const wished = this.isFar ? dateOf(one.days) : dayOf(one.days % 80);
        const isTooEarly = !this.isFar && this.#trackFrom !== null && wished < this.#trackFrom;
        const from = isTooEarly ? (this.#trackFrom ?? wished) : wished;
        if (!(await this.world.reset(this.id, from, one.crash))) return;
        this.#complete.clear();
        // By its last slice: one that has died before has not moved it.
        const walk = await readWalk(this.world.database.primary, this.id);
        const isMoved = this.#trackFrom !== null && from < this.#trackFrom;
        if (isMoved && one.crash === null) expect(walk?.trackFrom).toEqual(from);
        if (!isMoved) return;
        const before = this.#trackFrom;
        this.#trackFrom = walk?.trackFrom ?? null;
        if (this.#trackFrom?.getTime() === before?.getTime()) return;
        this.#beyond = null;
        const rows = await this.world.database.primary.commit.findMany({
          where: { repositoryId: this.id },
        });
        this.#kept = new Set(rows.map(({ oid }) => hex(oid)));
        return;
      }
      case "settle":
        return await this.settle();
      default: {
        const never: never = one;
        throw new Error(`unknown step ${JSON.stringify(never)}`);
      }
    }
  }

  /** Nobody waits for whoever is in the middle of it. */
  async #holding({ isLocked, meanwhile }: Held, work: () => Promise<void>): Promise<void> {
    if (!isLocked || meanwhile !== null) return await work();
    const lock = await this.world.lock(this.id);
    await work().finally(() => lock.release());
  }

  #during(step: Step | null): () => Promise<void> {
    return async () => {
      if (step !== null) await this.take(step);
    };
  }

  async #move(oid: string): Promise<void> {
    await this.world.gitHub.forcePush(this.#name, "main", oid);
    this.#head = oid;
  }

  /** A quiet point: what is due is done until nothing is left to do, then everything is compared. */
  async settle(): Promise<void> {
    const { world, id } = this;
    this.#seen.add(this.#head);
    for (let round = 0; ; round += 1) {
      if (round > 50)
        throw new Error(
          `it does not settle: ${JSON.stringify([await readWalk(world.database.primary, id), await world.database.primary.work.findMany({ where: { subjectId: id } })])}`,
        );
      await world.passTime(id);
      await world.endLeases(id);
      const check = await readWork(world.database, "check", id);
      if (check?.dueAt != null) await world.check(id, null);
      await world.schedule();
      for (let task = world.tasks.shift(); task !== undefined; task = world.tasks.shift()) {
        await world.pull(task, null);
        await this.#findStart();
      }
      const walk = await readWalk(world.database.primary, id);
      const isComplete = walk?.headOid === this.#head && walk.frontier.length === 0;
      if (isComplete && (await this.#isAtRest())) break;
    }
    this.#complete.add(this.#head);
    await this.#findStart();
    await this.#compare();
  }

  /**
   * Nothing is due but the next check, nothing is in anybody's hands, and no failure is left. Where a
   * commit was told late a verification is due too, which nobody carries out here.
   */
  async #isAtRest(): Promise<boolean> {
    const rows = await this.world.database.primary.work.findMany({
      where: { subjectId: this.id },
    });
    return rows.every(
      ({ kind, dueAt, claimedUntil, failure }) =>
        failure === null &&
        claimedUntil === null &&
        (kind === "verify" || (dueAt !== null) === (kind === "check")),
    );
  }

  /** Whatever has happened to it: what is missing is due, or a check is. */
  async expectNotForgotten(): Promise<void> {
    const { primary } = this.world.database;
    const rows = await primary.work.findMany({ where: { subjectId: this.id } });
    const due = rows.filter(({ dueAt }) => dueAt !== null).map(({ kind }) => kind);
    const walk = await readWalk(primary, this.id);
    const kinds = walk?.frontier.length === 0 ? ["check"] : ["check", ...WALK_KINDS];
    expect(due.some((kind) => kinds.includes(kind))).toBe(true);
  }

  /** What git says a head leads to, without what is beyond the start. */
  async #tracked(head: string): Promise<Set<string>> {
    const all = await revList(this.gitDir, head);
    return new Set(all.filter((oid) => !this.#beyond?.has(oid)));
  }

  async #trackedOf(heads: ReadonlySet<string>): Promise<Set<string>> {
    const sets = await Promise.all([...heads].map((head) => this.#tracked(head)));
    return new Set(sets.flatMap((set) => [...set]));
  }

  async #compare(): Promise<void> {
    const { database } = this.world;
    const rows = await database.primary.commit.findMany({ where: { repositoryId: this.id } });
    const reachable = rows
      .filter((row) => row.reachable)
      .map(({ oid }) => hex(oid))
      .sort();
    const orphaned = rows
      .filter((row) => !row.reachable)
      .map(({ oid }) => hex(oid))
      .sort();

    // Exact: git's own answer for the head.
    const current = await this.#tracked(this.#head);
    expect(reachable).toEqual([...current].sort());
    // Orphaned: only what was once reachable from a head that was seen, and is no longer.
    const everReachable = new Set(await revList(this.gitDir, ...this.#seen));
    for (const oid of orphaned) expect(everReachable.has(oid) && !current.has(oid)).toBe(true);
    // Kept: everything that was complete at an earlier quiet point.
    const kept = [...(await this.#trackedOf(this.#complete))].filter((oid) => !current.has(oid));
    expect(kept.filter((oid) => !orphaned.includes(oid))).toEqual([]);
    // Closed: every parent of a stored commit is stored, or beyond the tracking start, as git has it.
    const passed = await database.primary.passedCommit.findMany({
      where: { repositoryId: this.id },
    });
    expect(passed.filter(({ state }) => state !== "BEYOND")).toEqual([]);
    expect(
      passed.filter(({ oid }) => !this.#beyond?.has(hex(oid))).map(({ oid }) => hex(oid)),
    ).toEqual([]);
    const known = new Set([...rows, ...passed].map(({ oid }) => hex(oid)));
    for (const row of rows)
      for (const parent of row.parents) expect(known.has(hex(parent))).toBe(true);

    const counts = await database.primary.repository.findUniqueOrThrow({ where: { id: this.id } });
    expect([counts.commitCount, counts.orphanedCount]).toEqual([reachable.length, orphaned.length]);
    await expectStatisticsKept(database, this.id);

    // What `tracker verify` counts in the database alone finds nothing either.
    expect(await checkHistory(database.primary, this.id, this.#head)).toEqual({
      reachableCount: reachable.length,
      misplacedCount: 0,
      openOids: [],
    });

    // The feed: replayed from zero it rebuilds exactly this, each commit announced once.
    const events = await readFeed(database, { after: this.from });
    const dense = events.map((_, index) => this.from + BigInt(index + 1));
    expect(events.map(({ sequence }) => sequence)).toEqual(dense);
    const replayed = new Map<string, boolean>();
    for (const event of events.filter(({ repository }) => repository.id === this.id)) {
      for (const { oid } of event.commits) {
        expect(replayed.has(oid)).toBe(false);
        replayed.set(oid, true);
      }
      // What a reset has deleted is in no event any more, but these lists still name it.
      for (const oid of event.orphanedOids) if (replayed.has(oid)) replayed.set(oid, false);
      for (const oid of event.restoredOids) if (replayed.has(oid)) replayed.set(oid, true);
    }
    const told = [...replayed]
      .filter(([, isReachable]) => isReachable)
      .map(([oid]) => oid)
      .sort();
    expect(told).toEqual(reachable);
    expect(replayed.size).toBe(rows.length);
  }
}

/** From 1970 to 2098 in no order: children older than their parents are common. */
function dateOf(days: number): Date {
  return new Date(Date.UTC(1970, 0, 2) + ((days * 11.7) % 47_000) * 86_400_000);
}

function dayOf(day: number): Date {
  return new Date(Date.UTC(2020, 0, 1 + day));
}

function hex(oid: Uint8Array): string {
  return Buffer.from(oid).toString("hex");
}

function commit(message: string, at: Date, parents: readonly string[]) {
  const email = `model${message.length + at.getUTCMinutes()}-${message.at(-1)}@example.org`;
  const author = { name: "Model", email, date: at.toISOString() };
  return { message, author, parents };
}
