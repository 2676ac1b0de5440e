/** Writes Grafana's dashboards; `--check` fails when one is stale. */
import { readFile, writeFile } from "node:fs/promises";
import { buildDashboard } from "./dashboards/dashboard.js";
import { DASHBOARDS } from "./dashboards/dashboards.js";
import { buildRunbook } from "./dashboards/runbook.js";

const FOLDER = "containers/observability/grafana/dashboards/tracker";

const runbook = buildRunbook(await readFile("docs/runbook.md", "utf8"));
for (const dashboard of [...DASHBOARDS.map(buildDashboard), runbook]) {
  const place = `${FOLDER}/${dashboard.uid?.replace("tracker-", "")}.json`;
  const text = `${JSON.stringify(dashboard, null, 2)}\n`;
  if (!process.argv.includes("--check")) await writeFile(place, text);
  else if ((await readFile(place, "utf8").catch(() => "")) !== text) {
    process.stderr.write(`${place} is stale; run: npm run generate:dashboards\n`);
    process.exitCode = 1;
  }
}
