import { expect, it } from "vitest";
import type { MetricDefinition } from "../../src/telemetry/metrics/metric-definition.js";
import { METRIC_TABLE } from "../../src/telemetry/metrics/metric-table.js";
import { createMetrics } from "../../src/telemetry/metrics/metrics.js";
import { DASHBOARDS, panelQueries } from "./panel-queries.js";
import { readRules } from "./rule-files.js";

const RULES = readRules();
const QUERIES = [
  ...panelQueries("1m"),
  ...RULES.map(({ alert, record, expr }) => ({ place: alert ?? record ?? "", expr })),
];
/** A name with what is asked of its labels. */
const SELECTOR = /\b((?:tracker|nodejs|process)[_:][\w:]*)(?:\{([^}]*)\})?/g;
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g;
/** Prometheus's own, of where it was scraped. */
const SCRAPED = ["job", "instance", "service"];

const DEFINITIONS: readonly MetricDefinition[] = Object.values(METRIC_TABLE);

async function exportedNames(): Promise<Set<string>> {
  const series = (name: string, type: string) =>
    type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => name + end) : [name];
  const { text } = await createMetrics().expose();
  const own = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = "", type = ""]) => [
    ...series(name, type === "summary" ? "histogram" : type),
  ]);
  const recorded = RULES.flatMap(({ record }) => (record === undefined ? [] : [record]));
  return new Set([...own, ...recorded]);
}

it("every name in a query of a panel, an alert or a recording rule is exported", async () => {
  const names = await exportedNames();
  const strange = QUERIES.flatMap(({ place, expr }) =>
    [...expr.matchAll(SELECTOR)].flatMap(([, name = ""]) =>
      names.has(name) ? [] : [`${place}: ${name}`],
    ),
  );
  expect(strange).toEqual([]);
});

it("every label that a query asks for has the values that it asks for", () => {
  const strange = QUERIES.flatMap(({ place, expr }) =>
    [...expr.matchAll(SELECTOR)].flatMap(([, name = "", matchers = ""]) => {
      const bare = name.replace(/_(bucket|sum|count)$/, "");
      const found = DEFINITIONS.find((one) => one.name === name || one.name === bare);
      if (found === undefined) return []; // recorded, or Node's own
      return [...matchers.matchAll(MATCHER)].flatMap(([whole, label = "", , value = ""]) => {
        const known = found.labels[label];
        if (SCRAPED.includes(label) || (label === "le" && found.type === "histogram")) return [];
        const isKnown =
          typeof known === "string" || value.split("|").every((one) => known?.includes(one));
        return isKnown ? [] : [`${place}: ${name} ${whole}`];
      });
    }),
  );
  expect(strange).toEqual([]);
});

it("a bound that a query asks for is one of its histogram's", () => {
  for (const { expr, place } of QUERIES) {
    for (const [, name, bound] of expr.matchAll(/(\w+)_bucket\{[^}]*le="([\d.]+)"/g)) {
      const found = DEFINITIONS.find((one) => one.name === name);
      expect(found?.type === "histogram" && found.buckets, place).toContain(Number(bound));
    }
  }
});

it("every panel says what it shows and in what unit; every dashboard leads to the others", () => {
  const known = new Set(["Tracker", "Traces", "Runbook"]);
  for (const { panels, links } of DASHBOARDS) {
    expect(new Set(links.map(({ title }) => title))).toEqual(known);
    for (const { title, type, description, fieldConfig } of panels) {
      expect(description?.length ?? 0, title).toBeGreaterThan(5);
      if (type !== "text") expect(fieldConfig?.defaults.unit, title).toBeTruthy();
    }
  }
});

it("every metric is shown or watched, but for what another tells as well", () => {
  const used = new Set(
    QUERIES.flatMap(({ expr }) => [...expr.matchAll(SELECTOR)].map(([, name = ""]) => name)),
  );
  const unused = DEFINITIONS.map(({ name }) => name).filter(
    (name) => ![name, `${name}_bucket`, `${name}_count`].some((one) => used.has(one)),
  );
  expect(unused).toEqual([]);
});
