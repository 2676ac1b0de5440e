/** Writes docs/metrics.md from the table of metrics; `--check` fails when it is stale. */
import { readFile, writeFile } from "node:fs/promises";
import { ROLES, type Role } from "../src/domain/role.js";
import type { Labels, MetricDefinition } from "../src/telemetry/metrics/metric-definition.js";
import { METRIC_TABLE } from "../src/telemetry/metrics/metric-table.js";

const PLACE = "docs/metrics.md";
const INTRODUCTION = `# Metrics

Every process serves them at \`/metrics\`, on its port or on \`METRICS_PORT\`: as Prometheus's text, and as OpenMetrics to those who ask for it, whose exemplars carry the ids of sampled traces (\`trace_id\`, \`span_id\`).
The answer comes within some two seconds, also while the database or the broker is away: what is read from there is missing then, and \`tracker_metrics_source_up\` says so. The tables are looked at by the role \`scheduler\` alone, in three statements every five seconds at most; several schedulers tell the same, so that queries take the \`max\` of theirs.
No label has a value for each repository: how many series there are depends on the code and on the numbers of processes, replicas and GitHub users. What is counted and has known labels is there from the start, at 0.

Beside these there are Node's and the process's own: \`process_cpu_seconds_total\`, \`process_resident_memory_bytes\`, \`process_open_fds\` and \`process_max_fds\` (on Linux), \`process_start_time_seconds\`, \`nodejs_eventloop_lag_seconds\` (and \`_p50_\`, \`_p90_\`, \`_p99_\`, \`_max_\`: since the last scrape), \`nodejs_heap_size_used_bytes\`, \`nodejs_gc_duration_seconds\`, \`nodejs_active_resources\`.

Made from the code by \`npm run generate:metrics\`.
`;

const TITLES: readonly [string, (roles: readonly Role[]) => boolean][] = [
  ["Of every process", (roles) => roles.length === ROLES.length],
  ["Of processes with the role `scheduler`", (roles) => isOnly(roles, "scheduler")],
  ["Of processes with the role `worker`", (roles) => isOnly(roles, "worker")],
  ["Of processes with the role `api`", (roles) => isOnly(roles, "api")],
];

function isOnly(roles: readonly Role[], role: Role): boolean {
  return roles.length === 1 && roles[0] === role;
}

function unitOf({ name, type }: MetricDefinition): string {
  const [, unit] = /_(timestamp_seconds|seconds|bytes|ratio)(?:_total)?$/.exec(name) ?? [];
  if (unit === "timestamp_seconds") return "seconds since 1970";
  return unit ?? (type === "gauge" || type === "counter" ? "count" : "");
}

function labelsOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([label, values]) => {
      const told = typeof values === "string" ? values : values.map((v) => `\`${v}\``).join(" ");
      return `\`${label}\`: ${told}`;
    })
    .join("<br>");
}

function document(): string {
  const all: readonly MetricDefinition[] = Object.values(METRIC_TABLE);
  const tables = TITLES.map(([title, has]) => {
    const rows = all
      .filter(({ roles }) => has(roles))
      .map((metric) => {
        const { name, type, labels, help } = metric;
        return `| \`${name}\` | ${type} | ${unitOf(metric)} | ${labelsOf(labels)} | ${help} |`;
      });
    const head = ["| name | type | unit | labels | what it tells |", "|---|---|---|---|---|"];
    return [`## ${title}`, "", ...head, ...rows].join("\n");
  });
  return `${[INTRODUCTION.trimEnd(), ...tables].join("\n\n")}\n`;
}

if (process.argv.includes("--check")) {
  if ((await readFile(PLACE, "utf8").catch(() => "")) !== document()) {
    process.stderr.write(`${PLACE} is stale; run: npm run generate:metrics\n`);
    process.exitCode = 1;
  }
} else {
  await writeFile(PLACE, document());
}
