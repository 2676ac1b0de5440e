import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { runCommand } from "../support/command-line.js";
import { eventually } from "../support/eventually.js";
import { post, subscribe } from "../support/graphql-client.js";
import {
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from "../support/otlp-receiver.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { openBrokerSpace } from "../support/rabbitmq-vhost.js";
import {
  type ApiEvent,
  addRepository,
  COMMITS_INGESTED,
  readRepository,
} from "../support/tracker-api.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const ROLES = ["api", "scheduler", "worker"] as const;
const CALLER = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
const TRACEPARENT = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
const MESSAGE = "words that nobody else is to read";
const SENT_SOON = { OTEL_BSP_SCHEDULE_DELAY: "100" };

describe("traces of three processes on RabbitMQ, as a collector gets them", () => {
  let gitHub: GitHubStandIn;
  let test: TestDatabase;
  let collector: OtlpReceiver;
  let broker: Awaited<ReturnType<typeof openBrokerSpace>>;
  let processes: Readonly<Record<(typeof ROLES)[number], TrackerProcess>>;
  let url: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    [gitHub, test, collector, broker] = await Promise.all([
      startGitHubStandIn(),
      createTestDatabase({ connectionsMax: 2 }),
      startOtlpReceiver(),
      openBrokerSpace(),
    ]);
    env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-collector=mine",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
      ...SENT_SOON,
    };
    const start = (role: string) =>
      startTracker({
        ...env,
        DATABASE_URL: test.url,
        RABBITMQ_URL: broker.url,
        GITHUB_API_URL: gitHub.url,
        GITHUB_TOKENS: STAND_IN_TOKEN,
        HISTORY_TRANSPORT: "api",
        MIN_CHECK_INTERVAL: "1",
        MAX_CHECK_INTERVAL: "2",
        LOG_LEVEL: "debug",
        OTEL_SERVICE_NAME: `tracker-${role}`,
        ROLES: role,
      });
    processes = { api: start("api"), scheduler: start("scheduler"), worker: start("worker") };
    await gitHub.addRepository({ owner: "octo", name: "traced" });
    url = await processes.api.url();
    await processes.worker.url();
  }, 120_000);
  afterAll(async () => {
    await Promise.all(Object.values(processes ?? {}).map((process) => process.stop()));
    await gitHub?.stop();
    await test?.[Symbol.asyncDispose]();
    await collector?.[Symbol.asyncDispose]();
    await broker?.remove();
  });

  const service = ({ resource }: ReceivedSpan) => resource["service.name"];
  const traceOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
  const parentOf = (span: ReceivedSpan) =>
    collector.spans.find(({ spanId }) => spanId === span.parentSpanId);
  /** From a span up to the first of its trace. */
  const way = (span: ReceivedSpan): string[] => {
    const parent = parentOf(span);
    return [...(parent === undefined ? [] : way(parent)), `${service(span)}: ${span.name}`];
  };

  it("lead from the scheduler's claim through queue, worker, GitHub and page to the delivery at a subscriber", async () => {
    await addRepository(url, "octo/traced");
    await using events = subscribe<ApiEvent>(url, COMMITS_INGESTED, { after: "0" });
    const whole = await eventually(async () => {
      const [oid] = await gitHub.commit("octo/traced", [{ message: MESSAGE }]);
      await eventually(async () => {
        expect(events.received.at(-1)?.commitsIngested.commits[0]?.oid).toBe(oid);
      });
      return await eventually(() => {
        const found = collector.spans
          .filter(({ name }) => name === "deliver feed event")
          .map(way)
          .find(([first]) => first === "tracker-scheduler: claim check");
        if (found === undefined) throw new Error("no delivery of a claim");
        return found;
      }, 5_000);
    }, 60_000);
    expect(whole).toEqual([
      "tracker-scheduler: claim check",
      "tracker-scheduler: send tracker.check.v1",
      "tracker-worker: process tracker.check.v1",
      "tracker-worker: send tracker.pull.v1",
      "tracker-worker: process tracker.pull.v1",
      "tracker-api: process feed event",
      "tracker-api: deliver feed event",
    ]);
    expect(events.errors).toEqual([]);
  });

  it("show what GitHub was asked and what the database did beneath each step, by the published names", async () => {
    const [delivered] = collector.spans.filter(
      (span) => span.name === "deliver feed event" && way(span)[0]?.includes("claim check"),
    );
    const trace = traceOf(delivered?.traceId ?? "");
    const named = (name: string) => trace.filter((span) => span.name === name);
    const [page] = named("store page");
    expect(page && parentOf(page)?.name).toBe("process tracker.pull.v1");
    const [look] = named("query LookUp");
    expect(look).toMatchObject({
      kind: 3,
      attributes: {
        "server.address": "127.0.0.1",
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "graphql.operation.name": "LookUp",
        "tracker.github.purpose": "live",
      },
    });
    const pulled = trace.find(({ name }) => /^query (History|FirstParents)$/.test(name));
    expect(pulled && parentOf(pulled)?.name).toBe("process tracker.pull.v1");
    const inserts = trace.filter(({ name }) => name.includes("INSERT commit"));
    expect(inserts.map((span) => parentOf(span)?.name)).toContain("store page");
    expect(inserts[0]).toMatchObject({
      kind: 3,
      attributes: { "db.system.name": "postgresql", "db.query.summary": inserts[0]?.name },
    });
    const [sent] = named("send tracker.pull.v1");
    expect(sent).toMatchObject({
      kind: 4,
      attributes: {
        "messaging.system": "rabbitmq",
        "messaging.destination.name": "tracker.pull.v1",
        "messaging.operation.type": "send",
      },
    });
    const [taken] = named("process tracker.pull.v1");
    expect(taken).toMatchObject({
      kind: 5,
      attributes: { "messaging.operation.type": "process", "tracker.task.outcome": "done" },
      resource: {
        "service.name": "tracker-worker",
        "deployment.environment.name": "test",
        "tracker.roles": "worker",
      },
    });
    expect(trace.filter(({ status }) => status.code === 2)).toEqual([]);
    expect(collector.headers.every((headers) => headers["x-collector"] === "mine")).toBe(true);
  });

  it("are linked where many meet: a check of many, and a read of the feed", async () => {
    const names = ["one", "two", "three"].map((name) => `octo/${name}`);
    for (const name of names) {
      const [owner = "", bare = ""] = name.split("/");
      await gitHub.addRepository({ owner, name: bare });
      await gitHub.commit(name, [{ message: MESSAGE }]);
      await addRepository(url, name);
    }
    await eventually(async () => {
      for (const name of names) {
        expect(await readRepository(url, name)).toMatchObject({ state: "ACTIVE" });
      }
    });
    await eventually(async () => {
      for (const name of names) await gitHub.commit(name, [{ message: MESSAGE }]);
      const apart = collector.spans.filter(({ name }) => name === "follow up check");
      const together = apart.filter(({ links: [link] }) => {
        const check = collector.spans.find(({ spanId }) => spanId === link?.spanId);
        return check?.name === "process tracker.check.v1" && check.traceId !== apart[0]?.traceId;
      });
      expect(together.length).toBeGreaterThan(0);
      const reads = collector.spans.filter(({ name }) => name === "read feed");
      const linked = reads.flatMap(({ links }) => links).map(({ traceId }) => traceId);
      expect(new Set(linked).size).toBeGreaterThan(1);
    }, 60_000);
  });

  it("join what a caller began, down to the resolvers' reads and the tasks that come of it", async () => {
    const query = `query Named { repository(nameWithOwner: "octo/traced") { id commits(first: 1) { nodes { oid } } } }`;
    await post(url, query, {}, { traceparent: TRACEPARENT });
    await post(
      url,
      `mutation { refreshRepository(repository: "octo/traced") { repository { id } } }`,
      {},
      { traceparent: TRACEPARENT },
    );
    const trace = await eventually(() => {
      const spans = traceOf(CALLER.traceId);
      for (const name of [
        "POST /graphql",
        "graphql query",
        "graphql mutation",
        "process tracker.check.v1",
      ]) {
        expect(spans.map((span) => span.name)).toContain(name);
      }
      return spans;
    });
    const server = trace.filter(({ name }) => name === "POST /graphql");
    expect(server[0]).toMatchObject({
      kind: 2,
      parentSpanId: CALLER.spanId,
      attributes: { "http.route": "/graphql", "http.response.status_code": 200 },
    });
    const operation = trace.find(({ name }) => name === "graphql query");
    expect(operation?.attributes).toMatchObject({
      "graphql.operation.type": "query",
      "graphql.operation.name": "Named",
    });
    const reads = trace.filter(({ parentSpanId }) => parentSpanId === operation?.spanId);
    expect(reads.map(({ name }) => name)).toContain("SELECT commit");
  });

  it("join a command of the command line, in the trace of whoever started it", async () => {
    const traceId = CALLER.traceId.replace("4bf9", "abcd");
    const traceparent = `00-${traceId}-${CALLER.spanId}-01`;
    const ran = await runCommand(["show", "octo/traced"], {
      ...env,
      TRACKER_URL: url,
      TRACEPARENT: traceparent,
    });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    const bare = await runCommand(["list"], { TRACKER_URL: url, TRACEPARENT: traceparent });
    expect(bare).toMatchObject({ code: 0, stderr: "" });
    await eventually(() => {
      const spans = traceOf(traceId);
      const shown = spans.find(({ name }) => name === "tracker show");
      expect(shown).toMatchObject({ parentSpanId: CALLER.spanId });
      const asked = spans.filter(({ name }) => name === "POST /graphql");
      expect(asked.map(({ parentSpanId }) => parentSpanId)).toContain(shown?.spanId);
      // Without a collector of its own it hands on what it was given.
      expect(asked.map(({ parentSpanId }) => parentSpanId)).toContain(CALLER.spanId);
    });
  });

  it("stand in the log lines that belong to them", async () => {
    await eventually(() => {
      const lines = processes.worker
        .output()
        .split("\n")
        .filter((one) => one.startsWith("{"))
        .map((one) => JSON.parse(one) as Record<string, string>);
      const stored = lines.filter(({ msg }) => msg === "page stored");
      expect(stored.length).toBeGreaterThan(0);
      const ids = new Set(collector.spans.map(({ spanId }) => spanId));
      for (const { trace_id, span_id = "" } of stored) {
        expect(trace_id).toMatch(/^[\da-f]{32}$/);
        expect(ids).toContain(span_id);
      }
    });
  });

  it("hold no secret, and not a word of a commit", () => {
    const text = collector.text();
    const { password } = new URL(test.url);
    const secrets = [STAND_IN_TOKEN, decodeURIComponent(password), new URL(broker.url).password];
    for (const secret of [...secrets, MESSAGE, "nobody else", "octo/traced", "@example"]) {
      if (secret !== "") expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/"(authorization|db\.query\.text|graphql\.document)"/i);
  });
});
