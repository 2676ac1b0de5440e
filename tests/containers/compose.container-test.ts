import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { envSchema } from "../../src/config/env-schema.js";
import { SECRET_VARIABLES } from "../../src/config/variable-files.js";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import { mergyHistory, revList } from "../support/histories.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { type ComposeProject, createComposeProject } from "./compose-project.js";
import { type FaithfulSubscriber, followFeed } from "./faithful-subscriber.js";
import { type Pushing, startPushing } from "./pushing.js";

const REPOSITORY = "octo/one";
const PORT = 4_717;
const URL = `http://127.0.0.1:${PORT}`;
const IMAGE_BYTES_MAX = 250_000_000;
const DELAY_MS_MAX = 15_000;
const SERVICES = ["api", "worker", "scheduler", "proxy", "rabbitmq", "postgres", "replica"];
/** What a URL, a shell and a file of passwords each take for something else. */
const ODD_PASSWORD = "p@ss/w:rd#1?&%20\\'\"$x";
const RECOVERY_MS_MAX = 90_000;

let gitHub: GitHubStandIn;
let line: TcpProxy;
let project: ComposeProject;
let gitDir: string;
let key: string;
let subscriber: FaithfulSubscriber;
let pushing: Pushing;

beforeAll(async () => {
  gitHub = await startGitHubStandIn();
  line = await startTcpProxy({ host: "127.0.0.1", port: gitHub.port }, { listenOn: "0.0.0.0" });
  const env = {
    ...{ PORT: String(PORT), MIN_CHECK_INTERVAL: "1", REVISION: "tested" },
    GITHUB_API_URL: `http://github.test:${line.port}`,
  };
  project = await createComposeProject(env, {
    ...{ GITHUB_TOKENS: STAND_IN_TOKEN, POSTGRES_PASSWORD: ODD_PASSWORD },
    RABBITMQ_PASSWORD: `${ODD_PASSWORD}${randomBytes(4).toString("hex")}`,
  });
  key = await project.readSecret("api-key");
  ({ gitDir } = await gitHub.addRepository({ owner: "octo", name: "one" }));
  await gitHub.commit(REPOSITORY, mergyHistory(150));
});

/** What a person would look at first. */
afterEach(async ({ task }) => {
  if (task.result?.state !== "fail") return;
  process.stdout.write(`${await project?.compose("ps", "--all")}\n`);
  process.stdout.write(`${await project?.compose("logs", "--no-color", "--tail", "25")}\n`);
});

afterAll(async () => {
  await pushing?.stop();
  await subscriber?.[Symbol.asyncDispose]();
  await project?.[Symbol.asyncDispose]();
  await line?.[Symbol.asyncDispose]();
  await gitHub?.stop();
});

async function ask<T>(query: string, variables = {}): Promise<T> {
  const { data, errors } = await post<T>(URL, query, variables, { authorization: `Bearer ${key}` });
  if (errors !== undefined || !data) throw new Error(JSON.stringify(errors));
  return data;
}

async function storedOids(): Promise<string[]> {
  interface Page {
    readonly commits: {
      readonly nodes: readonly { readonly oid: string }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  }
  const oids: string[] = [];
  for (let after: string | null = null; ; ) {
    const { commits }: Page = await ask<Page>(
      `query ($after: String) { commits(repository: "${REPOSITORY}", first: 100, after: $after) {
         nodes { oid } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    oids.push(...commits.nodes.map(({ oid }) => oid));
    after = commits.pageInfo.endCursor;
    if (!commits.pageInfo.hasNextPage) return oids;
  }
}

/** Whatever has happened: what git has is stored and announced, each once, in the feed's order. */
async function expectNothingLost(): Promise<void> {
  const expected = (await revList(gitDir, "main")).sort();
  await eventually(async () => {
    expect([...subscriber.seenAt.keys()].length).toBeGreaterThanOrEqual(expected.length);
    expect((await storedOids()).length).toBeGreaterThanOrEqual(expected.length);
  }, RECOVERY_MS_MAX);
  expect((await storedOids()).sort()).toEqual(expected);
  expect([...subscriber.seenAt.keys()].sort()).toEqual(expected);
  expect(subscriber.repeated).toEqual([]);
  expect(subscriber.sequences).toEqual(subscriber.sequences.map((_, index) => String(index + 1)));
}

/** Pushes all through a fault, then waits until what was pushed last has come; the worst delay, told. */
async function through(name: string, fault: () => Promise<unknown>): Promise<void> {
  const before = pushing.pushedAt.size;
  await fault();
  await eventually(() => expect(pushing.pushedAt.size).toBeGreaterThanOrEqual(before + 5), 60_000);
  const oids = [...pushing.pushedAt.keys()].slice(before);
  await eventually(
    () => expect(oids.filter((oid) => !subscriber.seenAt.has(oid))).toEqual([]),
    RECOVERY_MS_MAX,
  );
  const delays = oids.map(
    (oid) => (subscriber.seenAt.get(oid) ?? 0) - (pushing.pushedAt.get(oid) ?? 0),
  );
  const worstMs = Math.max(...delays);
  process.stdout.write(`  ${name}: worst push → event ${(worstMs / 1_000).toFixed(1)} s\n`);
  expect(worstMs, name).toBeLessThanOrEqual(DELAY_MS_MAX);
}

async function expectHealthy(): Promise<void> {
  await eventually(async () => {
    const states = await project.compose("ps", "--format", "{{.Service}} {{.State}} {{.Health}}");
    for (const service of SERVICES)
      expect(states).toMatch(new RegExp(`^${service} running healthy$`, "m"));
    expect(states).not.toMatch(/unhealthy|starting|restarting/);
  }, RECOVERY_MS_MAX);
}

describe("the compose file on a real engine", () => {
  it("is read in a shell without any variable or secret", async () => {
    await project.compose("ps");
    await project.compose("--profile", "*", "config", "--quiet");
  });

  it("hands every variable of the README to whom it concerns", async () => {
    const given = [
      ...["GITHUB_API_URL", "LOG_LEVEL", "OTEL_EXPORTER_OTLP_ENDPOINT", "FEED_RETENTION"],
      ...["MIN_CHECK_INTERVAL", "MAX_CHECK_INTERVAL", "DATABASE_WRITE_CONNECTIONS"],
    ];
    const apiAlone = [
      ...["CORS_ORIGINS", "RATE_LIMIT", "INTROSPECTION", "PLAYGROUND", "TRUSTED_PROXIES"],
      ...["DATABASE_READ_CONNECTIONS", "DATABASE_LIVE_CONNECTIONS"],
    ];
    const workerAlone = [
      ...["GITHUB_GIT_URL", "HISTORY_TRANSPORT", "GIT_TRANSFERS", "GIT_TRANSFER_MIB"],
      "GIT_TRANSFER_SECONDS",
    ];
    const fixed = ["GIT_FOLDER", "ROLES", "METRICS_PORT", "DATA_DIR", "HOST", "PORT"]; // by the file and the image
    const names = [...given, ...apiAlone, ...workerAlone, ...fixed, ...SECRET_VARIABLES];
    expect(Object.keys(envSchema.shape).filter((name) => !names.includes(name))).toEqual([]);
    const marked = Object.fromEntries(
      [...given, ...apiAlone, ...workerAlone].map((name) => [name, `its-${name}`]),
    );
    const { services } = JSON.parse(
      await project.composeWith(marked, "config", "--format", "json"),
    );
    for (const [service, expected] of [
      ["api", [...given, ...apiAlone]],
      ["scheduler", given],
      ["worker", [...given, ...workerAlone]],
    ] as const) {
      for (const name of expected) {
        expect(services[service].environment[name], `${service} ${name}`).toContain(`its-${name}`);
      }
    }
  });

  it("builds one small image that nobody else builds or pulls", async () => {
    await project.compose("build");
    const [image] = JSON.parse(await project.docker("image", "inspect", "github-change-tracker"));
    expect(image.Size).toBeLessThanOrEqual(IMAGE_BYTES_MAX);
    process.stdout.write(`  image: ${Math.round(image.Size / 1e6)} MB\n`);
    expect(image.Config.User).toBe("1000:1000");
    expect(image.Config.Labels["org.opencontainers.image.revision"]).toBe("tested");
    expect(image.Config.Healthcheck.Test).toEqual(["CMD", "ready"]);
  });

  it("has git and the command line in it, and neither npm nor a package manager", async () => {
    const inImage = (...args: string[]) =>
      project.docker(
        "run",
        "--rm",
        "--read-only",
        "--network=none",
        "github-change-tracker",
        ...args,
      );
    const remote = "https://127.0.0.1:1/octo/one";
    await expect(inImage("git", "ls-remote", remote)).rejects.toThrow("Failed to connect");
    expect(await inImage("git", "--version")).toMatch(/^git version 2\./);
    expect(await inImage("tracker", "--help")).toContain("doctor");
    for (const name of ["npm", "apt-get", "dpkg", "perl"]) {
      await expect(inImage("bash", "-c", `command -v ${name}`)).rejects.toThrow();
    }
  });

  it("ends in the first second when it is told to", async () => {
    const id = await project.docker(
      "run",
      "-d",
      "--env=ROLES=api",
      "--env=DATABASE_URL=postgresql://u:p@127.0.0.1:1/d",
      "--env=RABBITMQ_URL=amqp://127.0.0.1:1",
      "github-change-tracker",
    );
    const startedAt = Date.now();
    await project.docker("stop", "--time", "10", id);
    expect(Date.now() - startedAt).toBeLessThan(8_000);
    expect(await project.docker("inspect", "-f", "{{.State.ExitCode}}", id)).toMatch(/^(?:0|143)$/);
    await project.docker("rm", id);
  });

  it("comes up from nothing, with its first key, and nothing restarts meanwhile", async () => {
    const startedAt = Date.now();
    await project.compose("up", "-d", "--wait", "--no-build");
    process.stdout.write(`  up in ${Math.round((Date.now() - startedAt) / 1_000)} s\n`);
    await expectHealthy();
    for (const id of await project.containersOf()) {
      expect(await project.docker("inspect", "-f", "{{.RestartCount}}", id)).toBe("0");
    }
    const { errors } = await post(URL, "{ feed { sequence } }");
    expect(errors?.[0]?.extensions?.code).toBe("UNAUTHENTICATED");
    expect(await ask("{ feed { sequence } }")).toBeDefined();
  });

  it("is limited, read-only and without capabilities, all of it", async () => {
    for (const id of await project.containersOf()) {
      const [{ Name, Config, HostConfig, State }] = JSON.parse(await project.docker("inspect", id));
      if (!State.Running) continue;
      expect(HostConfig, Name).toMatchObject({
        ...{ ReadonlyRootfs: true, CapDrop: ["ALL"], Privileged: false },
        LogConfig: { Config: { "max-size": "10m" } },
        RestartPolicy: { Name: "unless-stopped" },
      });
      expect(HostConfig.SecurityOpt, Name).toContain("no-new-privileges:true");
      expect(HostConfig.Memory, Name).toBeGreaterThan(0);
      expect(HostConfig.PidsLimit, Name).toBeGreaterThan(0);
      expect(Config.User, Name).not.toMatch(/^(?:|0|root)(?::|$)/);
      await expect(project.docker("exec", id, "bash", "-c", "echo > /written")).rejects.toThrow();
    }
    for (const id of await project.containersOf("worker")) {
      await project.docker("exec", id, "bash", "-c", "echo > /scratch/$HOSTNAME");
    }
  });

  it("shows its parts to the doctor, from a container that has the tokens and the address", async () => {
    const told = await project.compose("run", "--rm", "tracker", "doctor");
    expect(told).not.toContain("FAIL");
    for (const subject of ["database", "broker", "replica", "server"])
      expect(told).toContain(subject);
  });

  it("brings a history in whole, and its subscriber with it, through the proxy", async () => {
    const added = await project.compose("run", "--rm", "tracker", "add", REPOSITORY, "--wait");
    expect(added).toContain(REPOSITORY);
    subscriber = followFeed(URL, key);
    await expectNothingLost();
    const events = await fetch(
      `${URL}/graphql?query=${encodeURIComponent('subscription { commitsIngested(after: "0") { cursor } }')}`,
      {
        headers: { accept: "text/event-stream", authorization: `Bearer ${key}` },
      },
    );
    const { value } = (await events.body?.getReader().read()) ?? {};
    expect(Buffer.from(value ?? []).toString()).toContain("event: next");
    await events.body?.cancel().catch(() => {});
  });

  it("counts its clients by the address that the proxy saw", async () => {
    const id = (await project.containersOf("api"))[0] ?? "";
    const [{ Config }] = JSON.parse(await project.docker("inspect", id));
    const [trusted] = (Config.Env as string[]).filter((one) => one.startsWith("TRUSTED_PROXIES="));
    const networks = await project.docker(
      "inspect",
      "-f",
      "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}",
      ...(await project.containersOf("proxy")),
    );
    const [base] = /\d+\.\d+\.\d+\./.exec(trusted ?? "") ?? [];
    expect(networks.split(" ").some((address) => address.startsWith(base ?? "-"))).toBe(true);
  });

  it("answers queries from the replica", async () => {
    const metrics = await Promise.all(
      (await project.containersOf("api")).map((id) =>
        project.docker(
          "exec",
          id,
          "node",
          "-e",
          "fetch('http://127.0.0.1:9464/metrics').then(async r => console.log(await r.text()))",
        ),
      ),
    );
    expect(metrics.join("\n")).toMatch(/tracker_reads_total\{server="[^"]*replica[^"]*"\} [1-9]/);
  });
});

describe("whatever happens to a service while commits land", () => {
  beforeAll(() => {
    pushing = startPushing(gitHub, REPOSITORY);
  });

  it("none: an event comes soon", () => through("nothing", () => delay(5_000)));

  it.each(SERVICES)("%s is restarted", async (service) => {
    await through(`restart ${service}`, () => project.compose("restart", service));
    await expectHealthy();
  });

  it.each(SERVICES)("%s is killed, every one of it, and comes back by itself", async (service) => {
    await through(`kill -9 ${service}`, async () => {
      for (const id of await project.containersOf(service)) await project.crash(id);
    });
    for (const id of await project.containersOf(service)) {
      expect(await project.docker("inspect", "-f", "{{.RestartCount}}", id)).not.toBe("0");
    }
    await expectHealthy();
  });

  it("there are more of each, and fewer again", async () => {
    const scale = (count: number) =>
      project.compose(
        "up",
        "-d",
        "--wait",
        "--no-build",
        "--no-recreate",
        "--scale",
        `api=${count}`,
        "--scale",
        `worker=${count}`,
      );
    await through("api=3 worker=3", () => scale(3));
    expect(await project.containersOf("api")).toHaveLength(3);
    await through("api=1 worker=1", () => scale(1));
    await through("api=2 worker=2", () => scale(2));
  });

  it("has lost and repeated nothing", async () => {
    await pushing.stop();
    await expectNothingLost();
    expect(subscriber.reconnects()).toBeGreaterThan(0);
  });
});

describe("down and up", () => {
  it("keeps what is stored, the keys and the broker's queues", async () => {
    const before = (await storedOids()).sort();
    await project.compose("down", "--timeout", "30");
    await gitHub.commit(REPOSITORY, [{ message: "while it was down" }]);
    await project.compose("up", "-d", "--wait", "--no-build");
    const stored = await ask<{ feed: { sequence: string } }>("{ feed { sequence } }");
    expect(BigInt(stored.feed.sequence)).toBeGreaterThanOrEqual(
      BigInt(subscriber.sequences.length),
    );
    await expectNothingLost();
    expect((await storedOids()).length).toBe(before.length + 1);
    const nodes = await project.compose("exec", "rabbitmq", "ls", "/var/lib/rabbitmq/mnesia");
    const own = nodes.split("\n").filter((name) => /^rabbit@\w+$/.test(name));
    expect(own).toEqual(["rabbit@rabbitmq"]);
  });

  it("tells no secret: not in what is inspected, nor in a log, nor in the image", async () => {
    const told = [
      await project.compose("logs", "--no-color"),
      await project.compose("config"),
      await project.docker("inspect", ...(await project.containersOf())),
      await project.docker("image", "inspect", "github-change-tracker"),
      await project.docker("history", "--no-trunc", "github-change-tracker"),
    ].join("\n");
    for (const [name, secret] of await project.readSecrets()) {
      for (const part of secret.split(",")) expect(told.includes(part), name).toBe(false);
    }
  });
});
