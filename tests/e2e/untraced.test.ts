import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const DIST = new URL("../../dist/", import.meta.url).href;

/** What is loaded of OpenTelemetry by the roles, and by starting to trace. */
const SCRIPT = `
  import { createRequire } from "node:module";
  await import("${DIST}app/app.js");
  const { startTracing } = await import("${DIST}telemetry/traces/tracing.js");
  await startTracing({ isOn: process.env.IS_ON === "1", roles: [], version: "1" });
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  const names = loaded.flatMap((path) => /@opentelemetry\\/([^/]+)/.exec(path)?.[1] ?? []);
  process.stdout.write(JSON.stringify([...new Set(names)]));
  process.exit(0);`;

async function loaded(env: Record<string, string>): Promise<string[]> {
  const run = promisify(execFile);
  const args = ["--input-type=module", "--eval", SCRIPT];
  const { stdout } = await run(process.execPath, args, { env: { ...process.env, ...env } });
  return JSON.parse(stdout) as string[];
}

it("a process that traces nothing loads nothing of OpenTelemetry's SDK", async () => {
  expect(await loaded({})).toEqual(["api"]);
  expect(await loaded({ IS_ON: "1" })).toContain("sdk-trace-node");
});
