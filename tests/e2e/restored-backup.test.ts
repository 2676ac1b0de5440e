import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { type Backup, takeBackup } from "../support/backup.js";
import { eventually } from "../support/eventually.js";
import { mergyHistory, revList } from "../support/histories.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { followRestored, type RestoredSubscriber } from "../support/restored-subscriber.js";
import { addRepository, readAllOids, readRepository } from "../support/tracker-api.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const NAME = "octo/kept";
const WAIT_MS_MAX = 60_000;

describe("a tracker whose database is restored from a backup", () => {
  let gitHub: GitHubStandIn;
  let gitDir: string;
  let test: TestDatabase;
  let broker: BrokerSpace;
  let backup: Backup;
  let running: TrackerProcess;
  let env: Record<string, string>;
  const subscribers: RestoredSubscriber[] = [];

  beforeAll(async () => {
    gitHub = await startGitHubStandIn();
    ({ gitDir } = await gitHub.addRepository({ owner: "octo", name: "kept" }));
    await gitHub.commit(NAME, mergyHistory(120));
    test = await createTestDatabase();
    await test.database.close(); // a backup is taken of what nobody has open
    broker = await openBrokerSpace();
    env = {
      ...{ DATABASE_URL: test.url, RABBITMQ_URL: broker.url, MIN_CHECK_INTERVAL: "1" },
      ...{ GITHUB_API_URL: gitHub.url, GITHUB_TOKENS: STAND_IN_TOKEN },
    };
    running = startTracker(env);
  }, 120_000);
  afterAll(async () => {
    for (const subscriber of subscribers) await subscriber[Symbol.asyncDispose]();
    await running?.stop();
    await backup?.remove();
    await gitHub?.stop();
    await broker?.remove();
    await test?.[Symbol.asyncDispose]();
  });

  const follow = (url: string, after?: string) => {
    const subscriber = followRestored(url, after);
    subscribers.push(subscriber);
    return subscriber;
  };

  async function pushAndStore(count: number, url: string): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const [oid = null] = await gitHub.commit(NAME, [{ message: `push ${n}` }]);
      await eventually(
        async () => expect((await readRepository(url, NAME)).headOid).toBe(oid),
        WAIT_MS_MAX,
      );
    }
  }

  it("gives no sequence to two events, and no subscriber misses one unawares", async () => {
    const url = await running.url();
    await addRepository(url, `https://github.com/${NAME}`);
    await pushAndStore(2, url);
    await running.stop();
    backup = await takeBackup(test.url);

    const port = new URL(url).port;
    running = startTracker({ ...env, PORT: port });
    expect(await running.url()).toBe(url);
    const early = follow(url); // comes back in time with all that the backup has
    await eventually(() => expect(early.cursor()).not.toBe("0"), WAIT_MS_MAX);
    await eventually(async () =>
      expect(early.oids().size).toBe((await revList(gitDir, "main")).length),
    );
    await early.leave();
    const faithful = follow(url);
    await pushAndStore(3, url);
    await eventually(async () =>
      expect(faithful.oids().size).toBe((await revList(gitDir, "main")).length),
    );
    await running.stop();
    const lostCursor = faithful.cursor();
    await backup.restore();

    running = startTracker({ ...env, PORT: port });
    expect(await running.url()).toBe(url);
    const returned = follow(url, early.cursor());
    await pushAndStore(3, url);
    const expected = (await revList(gitDir, "main")).sort();
    await eventually(() => {
      expect([...faithful.oids()].sort()).toEqual(expected);
      expect([...new Set([...early.oids(), ...returned.oids()])].sort()).toEqual(expected);
    }, WAIT_MS_MAX);
    expect((await readAllOids(url, NAME)).sort()).toEqual(expected);

    expect(faithful.refusals()).toEqual([expect.objectContaining({ code: "CURSOR_EXPIRED" })]);
    expect(returned.refusals()).toEqual([]);
    const toldBy = new Map<string, string>();
    for (const { sequence, oids } of subscribers.flatMap(({ events }) => events)) {
      expect(toldBy.get(sequence) ?? oids.join(), `event ${sequence}`).toBe(oids.join());
      toldBy.set(sequence, oids.join());
    }
    const again = returned.events.map(({ sequence }) => BigInt(sequence));
    expect(again.every((sequence) => sequence > BigInt(lostCursor))).toBe(true);
    expect(running.output()).toContain("the feed leaves a gap");
  }, 240_000);

  it("leaves another gap when it is told to: `tracker restored`", async () => {
    const url = await running.url();
    const last = subscribers.at(-1);
    const command = startTracker(env, ["restored", "--json"]);
    expect(await command.exited, command.output()).toBe(0);
    const { after, upTo } = JSON.parse(command.output());
    expect(after).toBe(last?.cursor());
    await pushAndStore(1, url);
    await eventually(() => expect(last?.cursor()).toBe(String(BigInt(upTo) + 1n)), WAIT_MS_MAX);
  }, 120_000);
});
