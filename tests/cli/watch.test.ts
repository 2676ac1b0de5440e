import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import {
  objectsOf,
  type RunningCommand,
  runCommand,
  startCommand,
} from "../support/command-line.js";
import { eventually } from "../support/eventually.js";
import { freePort } from "../support/free-port.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const NAME = "octo/watched";
const WAIT_MS = 45_000;

interface Shown {
  readonly sequence: string;
  readonly cursor: string;
  readonly commits: readonly { readonly oid: string }[];
}

describe("tracker watch", () => {
  let test: TestDatabase;
  let broker: BrokerSpace;
  let front: TcpProxy;
  let server: TrackerProcess;
  let startServer: () => Promise<void>;
  let repositoryId: number;
  let url: string;
  /** The oids of every event, in the order of the feed. */
  const stored: string[][] = [];

  beforeAll(async () => {
    test = await createTestDatabase({ connectionsMax: 2 });
    broker = await openBrokerSpace();
    const port = await freePort();
    startServer = async () => {
      const urls = { DATABASE_URL: test.url, RABBITMQ_URL: broker.url };
      server = startTracker({ ...urls, ROLES: "api", PORT: String(port) });
      await server.url();
    };
    await startServer();
    front = await startTcpProxy({ host: "127.0.0.1", port });
    url = `http://127.0.0.1:${front.port}`;
    repositoryId = await storeRepository(test.database, "octo", "watched");
  });
  afterAll(async () => {
    await server?.stop();
    await front?.[Symbol.asyncDispose]();
    await broker?.remove();
    await test?.[Symbol.asyncDispose]();
  });

  const watch = (...args: string[]) => startCommand(["watch", ...args], { TRACKER_URL: url });
  const shownBy = (watching: RunningCommand) =>
    objectsOf<Shown>(watching.stdout().replace(/[^\n]*$/, ""));

  async function store(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const commits = line(100 + stored.length, 3);
      await storeEvent(test.database, repositoryId, commits);
      stored.push(commits.map(({ oid }) => oid));
    }
  }

  async function expectShown(watching: RunningCommand, from = 0): Promise<void> {
    await eventually(
      () => expect(shownBy(watching).length).toBeGreaterThanOrEqual(stored.length - from),
      WAIT_MS,
    );
    const events = shownBy(watching);
    expect(events.map(({ sequence }) => Number(sequence))).toEqual(
      stored.slice(from).map((_, index) => from + index + 1),
    );
    expect(events.map(({ commits }) => commits.map(({ oid }) => oid))).toEqual(stored.slice(from));
  }

  it("shows every event once, whatever becomes of the server and the line to it", async () => {
    await store(5);
    await using watching = watch("--after", "0", "--json");
    await expectShown(watching);

    await server.stop("SIGKILL");
    await store(5);
    await startServer();
    await expectShown(watching);

    for (let cuts = 0; cuts < 3; cuts += 1) {
      front.cut();
      await store(4);
    }
    await expectShown(watching);

    let bytes = 1_000;
    front.cutAfter(() => {
      bytes += 1_700; // in the middle of one frame or another, further each time
      return bytes;
    });
    await store(10);
    await expectShown(watching);
    front.restore();

    await server.stop("SIGTERM");
    await store(5);
    await startServer();
    await expectShown(watching);

    watching.child.kill("SIGINT");
    const { code, stderr } = await watching.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stderr)).toEqual({ cursor: String(stored.length) });

    const before = stored.length;
    await store(2);
    await using again = watch("--after", String(before), "--json");
    await expectShown(again, before);
  }, 180_000);

  it("notices a line that went silent, and misses nothing", async () => {
    const before = stored.length;
    await using watching = watch("--after", String(before));
    const lines = () => watching.stdout().trimEnd().split("\n");
    await store(1);
    await eventually(() => expect(lines()).toHaveLength(3), WAIT_MS);
    front.stall();
    await store(3);
    const back = `Coming back after ${before + 1}.`;
    await eventually(() => expect(watching.stderr()).toContain(back), WAIT_MS);
    front.restore();
    await eventually(() => expect(lines().length).toBeGreaterThanOrEqual(12), WAIT_MS);
    const shown = stored.slice(before).flatMap((oids) => oids.toReversed());
    expect(lines().map((text) => / {2}([\da-f]{7}) {2}/.exec(text)?.[1])).toEqual(
      shown.map((oid) => oid.slice(0, 7)),
    );
  }, 120_000);

  it("knows where it was before the first event, and tells how to come back with the same arguments", async () => {
    const before = stored.length;
    await using watching = watch(NAME, "--kind", "live");
    await eventually(() => expect(watching.stderr()).toContain(`after ${before};`), WAIT_MS);
    front.block();
    await store(2);
    front.restore();
    await eventually(
      () => expect(watching.stdout().trimEnd().split("\n")).toHaveLength(6),
      WAIT_MS,
    );
    expect(watching.stdout()).toContain(`${NAME}  ${stored.at(-1)?.at(-1)?.slice(0, 7)}`);
    watching.child.kill("SIGINT");
    const { code, stderr } = await watching.ended;
    expect(code).toBe(0);
    expect(stderr).toContain(
      `Come back with: tracker watch ${NAME} --kind live --after ${stored.length}`,
    );
  }, 90_000);

  it("ends with the server's reason where it is refused", async () => {
    const after = ["--after", String(stored.length + 1_000)];
    const beyond = await runCommand(["watch", ...after], { TRACKER_URL: url });
    expect(beyond.code).toBe(1);
    expect(beyond.stderr).toContain("beyond the end of the feed. [BAD_USER_INPUT]");
    const unknown = await runCommand(["watch", "octo/nowhere"], { TRACKER_URL: url });
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("[NOT_FOUND]");
  });
});
