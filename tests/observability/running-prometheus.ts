import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { eventually } from "../support/eventually.js";
import { freePort } from "../support/free-port.js";
import { requirePrometheus } from "./prometheus-programs.js";
import { RULE_FILES } from "./rule-files.js";

export interface RunningPrometheus extends AsyncDisposable {
  /** How many series an expression had at any time since the start. Throws what Prometheus says of a wrong one. */
  seriesOf(expr: string): Promise<number>;
}

/** A Prometheus of our own, on loopback, with the rules as they are; it looks every second. */
export async function startPrometheus(targets: readonly string[]): Promise<RunningPrometheus> {
  await requirePrometheus();
  const folder = await mkdtemp(join(tmpdir(), "tracker-prometheus-"));
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: RULE_FILES,
    scrape_configs: [{ job_name: "tracker", static_configs: [{ targets }] }],
  };
  await writeFile(join(folder, "prometheus.yml"), stringify(config));
  const url = `http://127.0.0.1:${await freePort()}`;
  const startedAtMs = Date.now();
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${new URL(url).host}`,
    ],
    { stdio: "ignore" },
  );
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(async () => {
      if (!(await fetch(`${url}/-/ready`)).ok) throw new Error("Prometheus is not ready");
    }, 30_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async seriesOf(query) {
      const end = Date.now() / 1_000;
      const asked = { query, start: String(startedAtMs / 1_000), end: String(end), step: "1" };
      const answer = await fetch(`${url}/api/v1/query_range?${new URLSearchParams(asked)}`);
      const { data, error } = (await answer.json()) as {
        data?: { result: unknown[] };
        error?: string;
      };
      if (data === undefined) throw new Error(`${query}: ${error}`);
      return data.result.length;
    },
    [Symbol.asyncDispose]: stop,
  };
}
