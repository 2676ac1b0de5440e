import { tmpdir } from "node:os";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createConfig, Secret } from "../../../src/config/config.js";
import { ConfigError, readEnv } from "../../../src/config/env.js";

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    createConfig(readEnv(env));
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe("configuration", () => {
  it("runs everything embedded when nothing is set, the demo's data apart", () => {
    const config = createConfig(readEnv({ GITHUB_TOKENS: "" }));
    expect(config.profile).toEqual({ kind: "embedded", dataDir: ".data/demo" });
    const tracking = createConfig(readEnv({ GITHUB_TOKENS: "a" }));
    expect(tracking.profile).toEqual({ kind: "embedded", dataDir: ".data" });
    expect([...config.roles].sort()).toEqual(["api", "scheduler", "worker"]);
    expect(config.http).toEqual({ host: "127.0.0.1", port: 4000, metricsPort: null });
    expect(config.isDemo).toBe(true);
    expect(config.feedRetentionMs).toBeNull();
  });

  it("has the page where it has the playground, unless it is told otherwise", () => {
    const { api } = createConfig(readEnv({}));
    expect(api).toMatchObject({ hasWeb: true, hasPlayground: true });
    const of = (env: Record<string, string>) => createConfig(readEnv(env)).api.hasWeb;
    expect(of({ WEB: "false" })).toBe(false);
    expect(of({ PLAYGROUND: "false" })).toBe(false);
    expect(of({ PLAYGROUND: "false", WEB: "true" })).toBe(true);
  });

  it("bounds a process's connections, and takes other bounds", () => {
    expect(createConfig(readEnv({})).databaseConnections).toEqual({
      ...{ write: 12, read: 12, live: 6 },
    });
    const env = {
      ...{ DATABASE_WRITE_CONNECTIONS: "4", DATABASE_READ_CONNECTIONS: "1" },
      DATABASE_LIVE_CONNECTIONS: "2",
    };
    expect(createConfig(readEnv(env)).databaseConnections).toEqual({ write: 4, read: 1, live: 2 });
    expect(faultsOf({ DATABASE_READ_CONNECTIONS: "0" })).toHaveLength(1);
  });

  it("has a port for operators alone only where one is named, and another than everybody's", () => {
    expect(createConfig(readEnv({ METRICS_PORT: "9464" })).http.metricsPort).toBe(9_464);
    expect(createConfig(readEnv({ METRICS_PORT: "0", PORT: "0" })).http.metricsPort).toBe(0);
    expect(faultsOf({ METRICS_PORT: "4000" })).toEqual(["METRICS_PORT must be another than PORT"]);
    expect(faultsOf({ METRICS_PORT: "many" })).toEqual(["METRICS_PORT must be a port number"]);
  });

  it("traces where OpenTelemetry's variables name a collector, unless they say not to", () => {
    const isTraced = (env: Record<string, string>) => createConfig(readEnv(env)).isTraced;
    const all = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector:4318/v1/traces" };
    expect(isTraced({ OTEL_SERVICE_NAME: "tracker" })).toBe(false);
    for (const env of [all, own]) {
      expect(isTraced(env)).toBe(true);
      expect(isTraced({ ...env, OTEL_SDK_DISABLED: "true" })).toBe(false);
      expect(isTraced({ ...env, OTEL_TRACES_EXPORTER: "none" })).toBe(false);
    }
    expect(faultsOf({ ...all, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).toEqual([
      "OTEL_EXPORTER_OTLP_PROTOCOL must be http/json: OTLP goes over HTTP here",
    ]);
  });

  it("takes tokens from either variable, each once", () => {
    const { gitHub } = createConfig(readEnv({ GITHUB_TOKENS: "a, b,,a", GITHUB_TOKEN: "c" }));
    expect(gitHub.tokens.map((token) => token.reveal())).toEqual(["a", "b", "c"]);
  });

  it.each([
    { GITHUB_TOKENS: "," },
    { GITHUB_TOKEN: " , ," },
    { GITHUB_TOKENS: ",", GITHUB_TOKEN: "" },
  ])("takes %o for no token at all", (env) => {
    expect(createConfig(readEnv(env))).toMatchObject({
      ...{ isDemo: true, profile: { dataDir: ".data/demo" } },
    });
    const worker = { DATABASE_URL: "postgresql://h/d", RABBITMQ_URL: "amqp://h" };
    const elsewhere = { GITHUB_API_URL: "https://git.example.org/api" };
    for (const where of [worker, elsewhere]) {
      const faults = faultsOf({ ...env, ...where });
      expect(faults.map((fault) => fault.split(" ")[0])).toEqual(["GITHUB_TOKENS"]);
    }
  });

  it("names every wrong variable at once, a line each, and never a value", () => {
    const faults = faultsOf({
      PORT: "99999999",
      GITHUB_API_URL: "hunter2",
      DATABASE_URL: "mysql://user:hunter2@host/db",
      MIN_CHECK_INTERVAL: "soon",
      LOG_LEVEL: "hunter2",
      ROLES: "api,hunter2",
    });
    const names = faults.map((fault) => fault.split(" ")[0]).sort();
    expect(names).toEqual([
      "DATABASE_URL",
      "GITHUB_API_URL",
      "LOG_LEVEL",
      "MIN_CHECK_INTERVAL",
      "PORT",
      "ROLES",
    ]);
    expect(faults.join("\n")).not.toContain("hunter2");
    expect(faults.every((fault) => !fault.includes("\n"))).toBe(true);
  });

  it.each([
    [{ DATABASE_URL: "postgresql://h/d" }, "RABBITMQ_URL"],
    [{ RABBITMQ_URL: "amqp://h" }, "DATABASE_URL"],
    [{ MIN_CHECK_INTERVAL: "100", MAX_CHECK_INTERVAL: "10" }, "MIN_CHECK_INTERVAL"],
    [{ FEED_RETENTION: "0" }, "FEED_RETENTION"],
    [{ ROLES: "api" }, "ROLES"],
    [{ GITHUB_API_URL: "https://git.example.org/api" }, "GITHUB_TOKENS"],
    [{ GITHUB_API_URL: "https://u:hunter2@api.github.com", GITHUB_TOKEN: "t" }, "GITHUB_API_URL"],
    [{ DATABASE_URL: "postgresql://h/d", RABBITMQ_URL: "amqp://h" }, "GITHUB_TOKENS"],
    [{ DATABASE_REPLICA_URLS: "mysql://h" }, "DATABASE_REPLICA_URLS"],
  ])("refuses %o naming %s", (env, name) => {
    expect(faultsOf(env).map((fault) => fault.split(" ")[0])).toEqual([name]);
  });

  it("lets an api or a scheduler run without a token", () => {
    const env = {
      DATABASE_URL: "postgresql://h/d",
      RABBITMQ_URL: "amqp://h",
      ROLES: "api,scheduler",
    };
    expect(faultsOf(env)).toEqual([]);
  });

  it.each([
    ["https://api.github.com/", "https://api.github.com", "https://github.com"],
    ["https://api.github.com/graphql", "https://api.github.com", "https://github.com"],
    ["HTTPS://API.GitHub.com", "https://api.github.com", "https://github.com"],
    ["https://github.com", "https://api.github.com", "https://github.com"],
    ["https://api.octocorp.ghe.com", "https://api.octocorp.ghe.com", "https://octocorp.ghe.com"],
    [
      "https://api.octocorp.ghe.com/graphql/",
      ...["https://api.octocorp.ghe.com", "https://octocorp.ghe.com"],
    ],
    ["https://octocorp.ghe.com", "https://api.octocorp.ghe.com", "https://octocorp.ghe.com"],
    ...["", "/", "/v3", "/v3/", "/graphql", "/graphql//"].map((end) => [
      `https://ghe.example.org:8443/api${end}`,
      ...["https://ghe.example.org:8443/api", "https://ghe.example.org:8443"],
    ]),
    ["http://ghe.example.org/api/v3", "http://ghe.example.org/api", "http://ghe.example.org"],
    ["http://127.0.0.1:3000/graphql", "http://127.0.0.1:3000", "https://github.com"],
  ])("asks and shows the GitHub whose API is at %s", (GITHUB_API_URL, apiUrl, webUrl) => {
    const { gitHub } = createConfig(readEnv({ GITHUB_API_URL, GITHUB_TOKENS: "t" }));
    expect(gitHub).toMatchObject({ apiUrl, webUrl });
  });

  it.each([
    [{}, "https://github.com"],
    [{ GITHUB_API_URL: "https://api.github.com/graphql" }, "https://github.com"],
    [{ GITHUB_API_URL: "https://api.octocorp.ghe.com" }, "https://octocorp.ghe.com"],
    [{ GITHUB_API_URL: "https://ghe.example.org:8443/api/v3" }, "https://ghe.example.org:8443"],
    [{ GITHUB_API_URL: "http://127.0.0.1:3000/graphql" }, "http://127.0.0.1:3000"],
    [{ GITHUB_API_URL: "http://[::1]:3000" }, "http://[::1]:3000"],
    [{ GITHUB_GIT_URL: "https://mirror.example.org/git//" }, "https://mirror.example.org/git"],
  ])("fetches by git, with %o, from %s", (env, gitUrl) => {
    const { gitHub } = createConfig(readEnv({ ...env, GITHUB_TOKENS: "t" }));
    expect(gitHub.gitUrl).toBe(gitUrl);
  });

  it("chooses by itself how histories come in, within bounds that can be set", () => {
    expect(createConfig(readEnv({})).histories).toEqual({
      transport: "auto",
      transfersMax: 4,
      bytesMax: 4_000 * 1_048_576,
      transferMsMax: 900_000,
      folder: tmpdir(),
    });
    const env = {
      HISTORY_TRANSPORT: "git",
      GIT_TRANSFERS: "1",
      GIT_TRANSFER_MIB: "2",
      GIT_TRANSFER_SECONDS: "3",
      GIT_FOLDER: "/var/tmp/histories",
    };
    expect(createConfig(readEnv(env)).histories).toEqual({
      transport: "git",
      transfersMax: 1,
      bytesMax: 2 * 1_048_576,
      transferMsMax: 3_000,
      folder: "/var/tmp/histories",
    });
    const wrong = {
      HISTORY_TRANSPORT: "carrier pigeon",
      GITHUB_GIT_URL: "https://u:hunter2@github.com",
      GIT_TRANSFERS: "0",
      GIT_TRANSFER_MIB: "1e9",
      GIT_TRANSFER_SECONDS: "901",
    };
    expect(
      faultsOf(wrong)
        .map((fault) => fault.split(" ")[0])
        .sort(),
    ).toEqual(Object.keys(wrong).sort());
  });

  it.each(["https://api.github.com", "https://api.github.com/graphql"])(
    "is the demo without a token where GITHUB_API_URL is %s, as in GitHub's jobs",
    (GITHUB_API_URL) => {
      expect(createConfig(readEnv({ GITHUB_API_URL })).isDemo).toBe(true);
      const env = { GITHUB_API_URL, GITHUB_TOKEN: "ghs_of-the-job" };
      expect(createConfig(readEnv(env))).toMatchObject({ isDemo: false });
    },
  );

  it("has no webhooks unless their secret is set, and keeps that", () => {
    expect(createConfig(readEnv({})).gitHub.webhookSecret).toBeUndefined();
    const config = createConfig(readEnv({ GITHUB_WEBHOOK_SECRET: "hunter2" }));
    expect(config.gitHub.webhookSecret?.reveal()).toBe("hunter2");
    expect(inspect(config, { depth: 9 })).not.toContain("hunter2");
  });

  it("shows a secret neither in JSON nor in a log nor in text", () => {
    const secret = new Secret("hunter2");
    expect(
      `${secret} ${JSON.stringify({ secret })} ${inspect({ secret }, { depth: 9 })}`,
    ).not.toContain("hunter2");
    expect(secret.reveal()).toBe("hunter2");
  });
});
