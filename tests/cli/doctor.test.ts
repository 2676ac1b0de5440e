import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { Finding } from "../../src/cli/finding.js";
import { STAND_IN_TOKEN, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { startTestApi } from "../api/test-api.js";
import { type AnsweringServer, startAnsweringServer } from "../github/answering-server.js";
import { objectsOf, runCommand } from "../support/command-line.js";
import { startEmbeddedOwner } from "../support/embedded-owner.js";
import { createTestDatabase } from "../support/postgres.js";
import { signalPostmaster } from "../support/postmaster.js";

const DAY_MS = 24 * 3_600 * 1_000;
const PASSWORD = "a-password-that-nobody-may-see";
const GIT = { operationName: "git advertisement" };
const TOKEN = "ghp_nobodyMaySeeThisToken";

async function findings(env: Record<string, string>) {
  const { code, stdout, stderr } = await runCommand(["doctor", "--json"], env);
  const found = objectsOf<Finding>(stdout);
  const of = (subject: string) => found.filter((each) => each.subject === subject);
  return { code, found, of, text: stdout + stderr };
}

describe("tracker doctor", () => {
  let gitHub: AnsweringServer;
  beforeEach(async () => {
    gitHub = await startAnsweringServer();
  });
  afterEach(() => gitHub.stop());
  const answer = (
    status: number,
    body: object,
    { skewMs = 0, ...headers }: Record<string, string | number> & { skewMs?: number } = {},
  ) => {
    gitHub.handle = (_request, response) => {
      const date = new Date(Date.now() + skewMs).toUTCString();
      response
        .writeHead(status, { "content-type": "application/json", date, ...headers })
        .end(JSON.stringify(body));
    };
  };
  const viewer = { data: { viewer: { login: "octocat", databaseId: 1 }, rateLimit: null } };
  const env = () => ({ GITHUB_TOKENS: TOKEN, GITHUB_API_URL: gitHub.url });

  it("finds nothing wrong with a system that works, in a line for each part", async () => {
    const standIn = await startGitHubStandIn();
    await using api = await startTestApi();
    await using test = await createTestDatabase({ connectionsMax: 1 });
    const { code, stdout } = await runCommand(["doctor"], {
      ...{ DATABASE_URL: test.url, RABBITMQ_URL: inject("rabbitmqUrl"), TRACKER_URL: api.url },
      ...{ GITHUB_API_URL: standIn.url, GITHUB_TOKENS: STAND_IN_TOKEN },
    });
    await standIn.stop();
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((text) => text.replace(/ {2,}/g, " | ")),
    ).toEqual([
      expect.stringMatching(/^ok \| node \| v\d/),
      "ok | configuration | distributed profile",
      expect.stringMatching(/^ok \| database \| PostgreSQL \d+\.\d+ at /),
      "ok | migrations | all applied",
      expect.stringMatching(/^ok \| broker \| RabbitMQ \d+\.\d+/),
      expect.stringMatching(/^ok \| github token 1 \| octocat, .*points left/),
      expect.stringMatching(/^ok \| clock \| 0 s /),
      expect.stringMatching(/^ok \| git \| \d+\.\d+/),
      expect.stringMatching(/^ok \| git server \| answers at 127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^ok \| server \| ready at http.*, feed at 0$/),
    ]);
    expect(code).toBe(0);
  });

  it("tells whether histories can come by the git protocol: git here, and a server that sends commits alone", async () => {
    const standIn = await startGitHubStandIn();
    const env = { GITHUB_API_URL: standIn.url, GITHUB_TOKENS: STAND_IN_TOKEN };
    try {
      await standIn.addRepository({ owner: "octocat", name: "Hello-World" });
      const well = await findings(env);
      expect(well.of("git")).toMatchObject([{ level: "ok" }]);
      expect(well.of("git server")).toMatchObject([
        { level: "ok", message: expect.stringContaining("sends commits alone") },
      ]);
      await standIn.injectFault({ answer: { pack: "no-filters" }, when: GIT });
      expect((await findings(env)).of("git server")).toMatchObject([
        { level: "warn", message: expect.stringContaining("without their files") },
      ]);
      await standIn.injectFault({ answer: { status: 500 }, when: GIT });
      const failing = await findings(env);
      expect(failing.of("git server")).toMatchObject([
        { level: "warn", message: expect.stringContaining("HTTP 500") },
      ]);
      expect(failing.text).not.toContain(STAND_IN_TOKEN);
      await standIn.reset();
      const byApi = await findings({ ...env, HISTORY_TRANSPORT: "api" });
      expect(byApi.of("git")).toMatchObject([
        { level: "ok", message: expect.stringContaining("not used") },
      ]);
      const without = await findings({ ...env, PATH: tmpdir() });
      expect(without.of("git")).toMatchObject([{ level: "warn", message: "there is none" }]);
      expect(await standIn.listRequests("git advertisement")).toEqual([]);
    } finally {
      await standIn.stop();
    }
  });

  it("asks a server here whether it is ready at METRICS_PORT, and of another says only that it answers", async () => {
    await using api = await startTestApi();
    await using lacking = await startTestApi({
      checks: [{ name: "queue", isReady: () => false }],
    });
    const [{ port: PORT }, { port: METRICS_PORT }] = [new URL(api.url), new URL(lacking.url)];
    const here = await findings({ PORT, METRICS_PORT });
    expect(here.of("server")).toMatchObject([
      { level: "FAIL", message: `${api.url} does not reach: queue` },
    ]);
    const any = await findings({ PORT, METRICS_PORT: "0" });
    const [ok] = any.of("server");
    expect(ok).toMatchObject({ level: "ok", message: `answers at ${api.url}, feed at 0` });
    gitHub.handle = (request, response) => {
      const [status, body] = request.url?.endsWith("/graphql")
        ? [200, { data: { feed: { sequence: "7" }, rateBudgets: [] } }]
        : [404, { message: "Not Found" }];
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const elsewhere = await findings({ TRACKER_URL: gitHub.url, METRICS_PORT });
    expect(elsewhere.of("server")).toMatchObject([
      { level: "ok", message: `answers at ${gitHub.url}, feed at 7` },
    ]);
  });

  it("names every fault of a configuration at once", async () => {
    const { code, of } = await findings({ ROLES: "cook", PORT: "many", MIN_CHECK_INTERVAL: "0" });
    expect(code).toBe(1);
    const messages = of("configuration").map(({ message }) => message.split(" ")[0]);
    expect(messages.sort()).toEqual(["MIN_CHECK_INTERVAL", "PORT", "ROLES"]);
  });

  it("looks at all that is set, whatever else a process would need or what is wrong", async () => {
    await using test = await createTestDatabase({ connectionsMax: 1 });
    const DATABASE_URL = test.url;
    const shell = { DATABASE_URL, RABBITMQ_URL: inject("rabbitmqUrl") }; // of README, without tokens
    const beside = await findings(shell);
    expect(beside.code).toBe(0);
    expect(beside.of("configuration")).toMatchObject([
      { level: "warn", remedy: expect.stringContaining("GITHUB_TOKENS must be set for a worker") },
    ]);
    const alone = await findings({ DATABASE_URL });
    expect(alone.code).toBe(0);
    const wrong = await findings({ ...shell, PORT: "many" });
    expect(wrong.code).toBe(1);
    for (const { of } of [beside, alone, wrong]) expect(of("database")[0]?.level).toBe("ok");
    for (const { of } of [beside, wrong]) expect(of("broker")[0]?.level).toBe("ok");
  });

  it("says what does not answer, and never with whose password", async () => {
    const { code, of, text } = await findings({
      DATABASE_URL: `postgresql://u:${PASSWORD}@127.0.0.1:1/x`,
      DATABASE_REPLICA_URLS: `postgresql://u:${PASSWORD}@127.0.0.1:1/y`,
      RABBITMQ_URL: `amqp://u:${PASSWORD}@127.0.0.1:1/z`,
      TRACKER_URL: "http://127.0.0.1:2",
      ...env(),
    });
    expect(code).toBe(1);
    for (const subject of ["database", "replica 1", "broker", "server"]) {
      expect(of(subject)).toMatchObject([{ level: "FAIL" }]);
    }
    expect(of("database")[0]?.message).toContain(
      "127.0.0.1:1/x does not answer: connect ECONNREFUSED",
    );
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain(TOKEN);
  });

  it("tells a refused key of the broker, and migrations that are still to be applied", async () => {
    await using test = await createTestDatabase({ connectionsMax: 1 });
    await test.database.primary.$executeRaw`delete from _prisma_migrations`;
    const broker = new URL(inject("rabbitmqUrl"));
    broker.password = PASSWORD;
    const { of, text } = await findings({
      ...{ DATABASE_URL: test.url, DATABASE_REPLICA_URLS: test.url, RABBITMQ_URL: broker.href },
      ...env(),
    });
    expect(of("migrations")).toMatchObject([
      { level: "warn", message: expect.stringMatching(/^to be applied: \d+ \(/) },
    ]);
    expect(of("replica 1")[0]?.message).toContain("is no replica");
    expect(of("broker")).toMatchObject([
      { level: "FAIL", message: expect.stringContaining("ACCESS") },
    ]);
    expect(text).not.toContain(PASSWORD);
  });

  it("fails over a database that this version cannot work on, and says why", async () => {
    await using test = await createTestDatabase({ connectionsMax: 1 });
    await test.database.primary.$executeRaw`update _prisma_migrations set checksum = 'another'`;
    answer(200, viewer);
    const { code, of } = await findings({
      ...{ DATABASE_URL: test.url, RABBITMQ_URL: inject("rabbitmqUrl") },
      ...env(),
    });
    expect(code).toBe(1);
    expect(of("migrations")).toMatchObject([
      { level: "FAIL", message: expect.stringContaining("changed since they were applied") },
    ]);
  });

  it("says whose a token is, what it may, when it ends, and how the clocks differ", async () => {
    const soon = new Date(Date.now() + 3.5 * DAY_MS);
    answer(200, viewer, {
      "x-oauth-scopes": "repo, admin:org",
      "github-authentication-token-expiration": `${soon.toISOString().slice(0, 19).replace("T", " ")} UTC`,
      "x-ratelimit-limit": "5000",
      "x-ratelimit-remaining": "12",
      "x-ratelimit-reset": String(Math.floor(Date.now() / 1_000) + 600),
      skewMs: -120_000,
    });
    const { code, of } = await findings({
      ...env(),
      GITHUB_TOKENS: `${TOKEN},another-of-the-same`,
    });
    expect(of("github token 1")).toMatchObject([
      { level: "ok", message: expect.stringContaining("octocat, scopes repo admin:org, expires") },
      { level: "warn", message: "expires in 3 days" },
      { level: "warn", message: expect.stringContaining("admin:org") },
      { level: "warn", message: "12 of 5000 points left" },
    ]);
    expect(of("github token 2").at(-1)?.message).toContain("the two share one budget");
    expect(of("clock")).toMatchObject([{ level: "warn" }]);
    expect(of("clock")[0]?.message).toMatch(/^1(19|20|21) s ahead of GitHub's$/);
    expect(of("server")[0]?.level).toBe("warn");
    expect(code).toBe(0);
  });

  it("fails over a token that GitHub refuses", async () => {
    answer(401, { message: `Bad credentials ${TOKEN}` });
    const { code, of, text } = await findings(env());
    expect(code).toBe(1);
    expect(of("github token 1")).toMatchObject([
      { level: "FAIL", message: expect.stringContaining("wrong, expired or revoked") },
    ]);
    expect(text).not.toContain(TOKEN);
  });

  it("asks GitHub nothing while it told the server to wait", async () => {
    await using api = await startTestApi();
    await api.database.primary.$executeRaw`
      insert into rate_budget (user_id, login, paused_until, pause_reason)
      values (1, 'octocat', now() + interval '5 minutes', 'secondary')`;
    const { of } = await findings({ ...env(), TRACKER_URL: api.url });
    expect(of("github")).toMatchObject([
      { level: "warn", message: expect.stringContaining("wait until") },
    ]);
    expect(gitHub.requests).toEqual([]);
  });

  it.each<{ env: Record<string, string>; remedy: string }>([
    { env: {}, remedy: "`npm start` runs the demo." },
    {
      env: { GITHUB_API_URL: "https://github.example.org/api/v3" },
      remedy: "GITHUB_TOKENS must be set when GITHUB_API_URL is another than github.com's.",
    },
    {
      env: { PORT: "many", GITHUB_API_URL: "https://github.example.org/api/v3" },
      remedy: "GITHUB_TOKENS must be set when GITHUB_API_URL is another than github.com's.",
    },
    {
      env: { ROLES: "api" },
      remedy: "`npm start` runs the demo, once the configuration is right.",
    },
    {
      env: { PORT: "many" },
      remedy: "`npm start` runs the demo, once the configuration is right.",
    },
    { env: { DATABASE_URL: "postgresql://127.0.0.1:1/x" }, remedy: "Only workers need them." },
  ])("says what a start without tokens comes to ($env)", async ({ env: given, remedy }) => {
    const DATA_DIR = join(tmpdir(), `tracker-doctor-${process.pid}`, "data");
    const { of } = await findings({ DATA_DIR, ...given });
    expect(of("github")).toEqual([
      { level: "warn", subject: "github", message: "no GITHUB_TOKENS", remedy },
    ]);
  });

  it("leaves no trace of an embedded profile that was never started", async () => {
    const folder = join(tmpdir(), `tracker-doctor-${process.pid}`, "data");
    const { code, of } = await findings({ DATA_DIR: folder, PORT: "2" });
    expect(code).toBe(0);
    expect(of("data folder")).toMatchObject([{ level: "ok", message: join(folder, "demo") }]);
    expect(of("server")).toMatchObject([{ level: "warn" }]);
    await expect(access(folder)).rejects.toThrow("ENOENT");
  });

  describe("of an embedded profile", () => {
    let dataDir: string;
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), "tracker-doctor-"));
      answer(200, viewer);
    });
    afterEach(() => rm(dataDir, { recursive: true, force: true }));
    const database = async () => (await findings({ ...env(), DATA_DIR: dataDir })).of("database");
    const signal = (name: NodeJS.Signals) => signalPostmaster(join(dataDir, "postgres"), name);

    it("tells one that runs from one that does not, and from one that hangs", async () => {
      const logger = pino({ level: "silent" });
      const postgres = await startEmbeddedPostgres({ dataDir, logger });
      expect(await database()).toMatchObject([
        { level: "ok", message: "embedded: runs, and so does its tracker" },
        { level: "ok", message: expect.stringMatching(/^PostgreSQL \d\d/) },
      ]);
      await signal("SIGSTOP");
      expect(await database()).toMatchObject([
        { level: "FAIL", message: "embedded: does not answer, though its tracker runs" },
      ]);
      await signal("SIGCONT");
      await postgres.stop();
      expect(await database()).toMatchObject([
        { level: "ok", message: expect.stringMatching(/^embedded: does not run/) },
      ]);
      await writeFile(join(dataDir, "postgres", "PG_VERSION"), "17\n");
      expect(await database()).toMatchObject([
        { level: "FAIL", message: expect.stringContaining("was made by PostgreSQL 17") },
      ]);
    });

    it("tells one that a killed tracker left behind", async () => {
      const owner = startEmbeddedOwner(dataDir);
      await owner.url;
      await owner.kill();
      expect((await database())[0]).toMatchObject({
        level: "warn",
        message: "embedded: runs without its tracker, which was killed",
      });
      await signal("SIGINT");
    });
  });
});
