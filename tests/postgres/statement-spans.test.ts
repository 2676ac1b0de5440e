import { context, propagation, trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import { withSpan } from "../../src/telemetry/traces/spans.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const CALLERS = 12;

describe("the spans of statements", () => {
  const exporter = new InMemorySpanExporter();
  let test: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
    test = await createTestDatabase();
    database = openDatabase({ url: test.url, connectionsMax: 1 });
  });
  beforeEach(() => exporter.reset());
  afterAll(async () => {
    await database?.close();
    await test?.[Symbol.asyncDispose]();
    trace.disable();
    context.disable();
    propagation.disable();
  });

  const ways: readonly [string, (place: number) => Promise<unknown>][] = [
    [
      "reader",
      (place) => database.reader.query(Prisma.sql`select sequence, ${place}::int from feed`),
    ],
    ["Prisma", (place) => database.primary.$queryRaw`select sequence, ${place}::int from feed`],
    [
      "transaction",
      (place) =>
        database.transaction((tx) => tx.$queryRaw`select sequence, ${place}::int from feed`),
    ],
  ];

  it.each(ways)(
    "belong to whoever asked, however many wait for one connection (%s)",
    async (_way, ask) => {
      await Promise.all(
        Array.from({ length: CALLERS }, (_, place) =>
          withSpan(`caller ${place}`, {}, () => ask(place)),
        ),
      );
      const spans = exporter.getFinishedSpans();
      for (let place = 0; place < CALLERS; place += 1) {
        const caller = spans.find(({ name }) => name === `caller ${place}`)?.spanContext();
        const own = spans.filter(
          ({ name, parentSpanContext }) =>
            name === "SELECT feed" && parentSpanContext?.spanId === caller?.spanId,
        );
        expect(own).toHaveLength(1);
      }
    },
  );

  it("hold neither text nor values, and of a failure its code", async () => {
    const word = "a word that nobody else is to read";
    await withSpan("failing", {}, () =>
      database.reader.query(Prisma.sql`select ${word}::int from feed`),
    ).catch(() => {});
    const span = exporter.getFinishedSpans().find(({ name }) => name === "SELECT feed");
    expect(span?.attributes).toEqual({
      "db.system.name": "postgresql",
      "db.query.summary": "SELECT feed",
      "db.response.status_code": "22P02",
      "error.type": "22P02",
    });
    const told = exporter
      .getFinishedSpans()
      .map(({ attributes, status, events }) => [attributes, status, events]);
    expect(JSON.stringify(told)).not.toContain("nobody else");
  });

  it("are none outside of a trace", async () => {
    for (const [, ask] of ways) await ask(1);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});
