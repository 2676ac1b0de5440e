import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { COMMANDS } from "../../src/cli/commands.js";
import { ALERT_CASES, type AlertCase } from "./alert-cases.js";
import { promtool } from "./prometheus-programs.js";
import { OBSERVABILITY, RULE_FILES, readRules } from "./rule-files.js";

const ALERTS = readRules().filter(({ alert }) => alert !== undefined);
const RUNBOOK = fileURLToPath(new URL("../../docs/runbook.md", import.meta.url));

function testOf({ alert: alertname, series, silentAt, firesAt, labels }: AlertCase) {
  const rule = ALERTS.find(({ alert }) => alert === alertname);
  const fired = {
    exp_labels: { ...rule?.labels, ...labels },
    exp_annotations: rule?.annotations,
  };
  return {
    name: alertname,
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [
      { alertname, eval_time: silentAt, exp_alerts: [] },
      { alertname, eval_time: firesAt, exp_alerts: [fired] },
    ],
  };
}

it("Prometheus takes its configuration and every rule", async () => {
  await promtool("check", "rules", ...RULE_FILES);
  await promtool("check", "config", join(OBSERVABILITY, "prometheus", "prometheus.yml"));
});

it("every alert has its cases", () => {
  const names = (of: readonly { readonly alert?: string }[]) =>
    new Set(of.map(({ alert }) => alert));
  expect(names(ALERT_CASES)).toEqual(names(ALERTS));
});

// Each with the files alone that it stands on: every rule of them is computed for each minute of each case.
it.each([
  ["the objectives", (name: string) => name.endsWith("slo.yml")],
  ["all others", (name: string) => !name.endsWith("slo.yml")],
])(
  "every alert is silent while all is well, and fires once it is not: %s",
  async (_, isOf) => {
    const ruleFiles = RULE_FILES.filter(isOf);
    const of = readRules(ruleFiles).map(({ alert }) => alert);
    const tests = ALERT_CASES.filter(({ alert }) => of.includes(alert)).map(testOf);
    const folder = await mkdtemp(join(tmpdir(), "tracker-alerts-"));
    try {
      const path = join(folder, "alerts.yml");
      await writeFile(path, stringify({ rule_files: ruleFiles, evaluation_interval: "1m", tests }));
      expect(await promtool("test", "rules", path)).toContain("SUCCESS");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  120_000,
);

it("every alert says what users feel, and leads to a section of the runbook", async () => {
  const sections = (await readFile(RUNBOOK, "utf8")).split(/^## /m).slice(1);
  const titles = sections.map((section) => section.split("\n", 1)[0]);
  expect(titles.filter((title) => title?.startsWith("Tracker"))).toEqual(
    ALERTS.map(({ alert }) => alert).toSorted(),
  );
  for (const { alert, annotations, labels } of ALERTS) {
    expect(annotations?.summary?.length).toBeGreaterThan(20);
    expect(annotations?.runbook).toBe(`docs/runbook.md#${alert?.toLowerCase()}`);
    expect(["page", "ticket"]).toContain(labels?.severity);
  }
});

it("the runbook names only commands that there are", async () => {
  const text = await readFile(RUNBOOK, "utf8");
  const named = [...text.matchAll(/`tracker ([a-z][a-z-]*)/g)].map(([, name]) => name);
  const tools = new Proxy({}, { get: () => () => undefined });
  const known = COMMANDS.flatMap(({ commands }) =>
    commands.map((create) => create(tools as never).name()),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !known.includes(name ?? ""))).toEqual([]);
});
