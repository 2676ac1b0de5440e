import { describe, expect, it } from "vitest";
import type { MetricDefinition } from "../../../src/telemetry/metrics/metric-definition.js";
import { METRIC_TABLE } from "../../../src/telemetry/metrics/metric-table.js";
import { createMetrics } from "../../../src/telemetry/metrics/metrics.js";

const all: readonly MetricDefinition[] = Object.values(METRIC_TABLE);
/** What is read at the start of a process, however long it runs: a page for a person, too. */
const SERIES_MAX = 1_500;

// https://prometheus.io/docs/practices/naming/
describe("the table of metrics", () => {
  it.each(all)("names $name by Prometheus's conventions", ({ name, type, help, labels }) => {
    expect(name).toMatch(/^tracker(_[a-z]+)+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_(seconds|bytes)$/);
    expect(name).not.toMatch(
      /_(ms|milliseconds|minutes|hours|kb|mb|percent)(_|$)|_(count|sum|bucket)$/,
    );
    expect(help).not.toMatch(/[\n|]|\.$/);
    for (const label of Object.keys(labels)) {
      expect(label).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(label).not.toMatch(/^(repository|owner|name|oid|id|address|key|le|quantile)$/);
    }
  });

  it("gives no two the same name", () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it("tells a process's own roles' alone, and those of every process", async () => {
    const { text } = await createMetrics(new Set(["api"])).expose();
    const told = all.filter(({ name }) => text.includes(`# TYPE ${name} `));
    expect(told).toEqual(all.filter(({ roles }) => roles.includes("api")));
  });

  it("begins with few series, whose counters are there at zero", async () => {
    const { text } = await createMetrics().expose();
    const series = text.split("\n").filter((line) => line.startsWith("tracker_"));
    expect(series).toContain('tracker_tasks_total{kind="check",outcome="done"} 0');
    expect(series.length).toBeLessThan(SERIES_MAX);
  });

  it("calls nothing a total that is none, Node's own included", async () => {
    const { text } = await createMetrics().expose();
    const types = text.matchAll(/^# TYPE (\S+) (\S+)$/gm);
    for (const [, name = "", type] of types) {
      if (name.endsWith("_total")) expect([name, type]).toEqual([name, "counter"]);
    }
  });
});
