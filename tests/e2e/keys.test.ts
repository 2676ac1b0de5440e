import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { RawSocket } from "../support/raw-socket.js";
import { startTracker } from "../support/tracker-process.js";

interface ShownKey {
  readonly id: number;
  readonly name: string;
  readonly role: string;
  readonly revokedAt: string | null;
}

type Env = Readonly<Record<string, string>>;

async function tracker(env: Env, ...args: string[]): Promise<{ code: unknown; output: string }> {
  const command = startTracker(env, args);
  return { code: await command.exited, output: command.output() };
}

async function createKey(env: Env, ...args: string[]): Promise<ShownKey & { key: string }> {
  const { code, output } = await tracker(env, "keys", "create", "--json", ...args);
  expect(code, output).toBe(0);
  return JSON.parse(output) as ShownKey & { key: string };
}

/** Those that work on the database itself. */
const COMMANDS = [
  ["keys", "create", "--name", "ci"],
  ["keys", "list"],
  ["migrate"],
  ["rebuild"],
] as const;

async function expectRefused(env: Env, command: readonly string[], says: RegExp): Promise<void> {
  const { code, output } = await tracker(env, ...command);
  expect(code, command.join(" ")).toBe(1);
  expect(output).toMatch(says);
  expect(output.trim().split("\n")).toHaveLength(1);
}

const ADD = `mutation { addRepository(url: "octo/any") { created } }`;
const codeOf = async (url: string, query: string, key?: string) => {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const { errors } = await post(url, query, {}, headers);
  return errors?.[0]?.extensions?.code ?? "ok";
};

describe("tracker keys, beside an embedded tracker", { timeout: 120_000 }, () => {
  let gitHub: GitHubStandIn;
  let env: Env;
  beforeAll(async () => {
    gitHub = await startGitHubStandIn();
    const dataDir = await mkdtemp(join(tmpdir(), "tracker-keys-"));
    env = { GITHUB_API_URL: gitHub.url, GITHUB_TOKENS: STAND_IN_TOKEN, DATA_DIR: dataDir };
  });
  afterAll(async () => {
    await gitHub?.stop();
    if (env !== undefined) await rm(env.DATA_DIR ?? "", { recursive: true, force: true });
  });

  it("an API that others could reach does not start without one, and says how to make it", async () => {
    const { code, output } = await tracker({ ...env, HOST: "0.0.0.0" });
    expect(code).toBe(1);
    expect(output).toContain("node dist/main.js keys create");
    expect(output).not.toContain('"msg":"listening"');
  });

  it("makes the first while nothing runs, lists and revokes them while the tracker does", async () => {
    const writer = await createKey(env, "--name", "front end", "--role", "writer");
    expect(writer).toMatchObject({ name: "front end", role: "WRITER", revokedAt: null });
    await using running = startTracker({ ...env, HOST: "0.0.0.0" });
    const url = (await running.url()).replace("0.0.0.0", "127.0.0.1");
    expect(await codeOf(url, ADD)).toBe("UNAUTHENTICATED");
    expect(await codeOf(url, ADD, writer.key)).toBe("ok");

    const reader = await createKey(env, "--name", "ci");
    expect(await codeOf(url, "{ feed { sequence } }", reader.key)).toBe("ok");
    expect(await codeOf(url, ADD, reader.key)).toBe("FORBIDDEN");
    await using socket = await RawSocket.ready(url, { apiKey: reader.key });
    const revoked = await tracker(env, "keys", "revoke", String(reader.id), "--json");
    expect(JSON.parse(revoked.output)).toMatchObject({ id: reader.id, name: "ci" });
    expect((await socket.gone()).code).toBe(4403);
    await eventually(async () => {
      expect(await codeOf(url, "{ feed { sequence } }", reader.key)).toBe("UNAUTHENTICATED");
    });

    const limits = ["--repositories", "Octo/*", "acme/one"];
    const limited = await createKey(env, "--name", "octo", "--role", "operator", ...limits);
    expect(limited).toMatchObject({ role: "OPERATOR", repositories: ["acme/one", "octo/*"] });
    await eventually(async () => expect(await codeOf(url, ADD, limited.key)).toBe("ok"));
    expect(await codeOf(url, ADD.replace("octo", "other"), limited.key)).toBe("FORBIDDEN");
    const shown = (await tracker(env, "keys", "list")).output;
    expect(shown).toMatch(/writer +all .* front end$/m);
    expect(shown).toMatch(/operator +acme\/one octo\/\* .* octo$/m);

    const { output } = await tracker(env, "keys", "list", "--json");
    const lines = output.trim().split("\n");
    const listed = lines.map((line) => JSON.parse(line) as ShownKey);
    expect(listed.map(({ name, role }) => [name, role])).toEqual([
      ["front end", "WRITER"],
      ["ci", "READER"],
      ["octo", "OPERATOR"],
    ]);
    expect(output + (await tracker(env, "keys", "list")).output).not.toContain(writer.key);
    expect(running.output()).not.toContain("ghct_");
    expect(await running.stop()).toBe(0);
  });

  it("is made in no other database than the tracker's that runs, nor is another migrated, and it says in which", async () => {
    const { GITHUB_TOKENS, ...without } = env;
    const DATA_DIR = `${env.DATA_DIR}-sibling`;
    const there = { ...env, DATA_DIR };
    const here = { ...without, GITHUB_API_URL: "https://api.github.com", DATA_DIR };
    await using running = startTracker(there);
    await running.url();
    const demos = /^error: .*the demo's: there are no GITHUB_TOKENS.* in .*sibling/;
    for (const command of COMMANDS) await expectRefused(here, command, demos);
    const made = await tracker(there, "keys", "create", "--name", "ci");
    expect(made.code).toBe(0);
    expect(made.output).toContain(`in the database ${DATA_DIR}.`);
    expect((await tracker(there, "migrate")).code).toBe(0);
    expect(await running.stop()).toBe(0);
    const demo = await tracker(here, "keys", "create", "--name", "ci");
    expect(demo.output).toContain("the demo's: there are no GITHUB_TOKENS");

    await using runningDemo = startTracker(here);
    await runningDemo.url();
    const notDemos = /^error: .*not the demo's: there are GITHUB_TOKENS.* in .*sibling.demo\b/;
    for (const command of COMMANDS) await expectRefused(there, command, notDemos);
    expect((await tracker(here, "migrate")).code).toBe(0);
    expect(await runningDemo.stop()).toBe(0);
    await rm(DATA_DIR, { recursive: true });
  });

  it("has no key to revoke that there is not", async () => {
    const { code, output } = await tracker(env, "keys", "revoke", "999");
    expect(code).toBe(1);
    expect(output).toContain("There is no key 999");
  });
});

describe("tracker keys, of many processes", { timeout: 120_000 }, () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase({ connectionsMax: 1 });
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  it("needs nothing but the database, and reaches every process", async () => {
    const broker = await openBrokerSpace();
    const env = { DATABASE_URL: database.url };
    const { key, id } = await createKey(env, "--name", "all");
    const api = { ...env, RABBITMQ_URL: broker.url, ROLES: "api" };
    await using one = startTracker(api);
    await using other = startTracker(api);
    const urls = [await one.url(), await other.url()];
    const sockets = await Promise.all(urls.map((url) => RawSocket.ready(url, { apiKey: key })));
    expect((await tracker(env, "keys", "revoke", String(id))).code).toBe(0);
    for (const socket of sockets) expect((await socket.gone()).code).toBe(4403);
    for (const url of urls) expect(await codeOf(url, ADD, key)).toBe("UNAUTHENTICATED");
    await Promise.all([one.stop(), other.stop()]);
    await broker.remove();
  });
});
