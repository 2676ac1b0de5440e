/** One first history by a process of its own, traced or not as the environment says; prints its CPU seconds. */
import { isTraced } from "../../../src/config/config.js";
import { readTracingEnv } from "../../../src/config/env.js";
import { startTracing } from "../../../src/telemetry/traces/tracing.js";
import { backfill } from "../whole-path.js";

const [, , databaseUrl = "", apiUrl = "", head = ""] = process.argv;
const isOn = isTraced(readTracingEnv(process.env));
const tracing = await startTracing({ isOn, roles: ["worker"], version: "bench" });
const before = process.cpuUsage();
await backfill(databaseUrl, apiUrl, head);
const { user, system } = process.cpuUsage(before);
await tracing.stop();
process.stdout.write(`${(user + system) / 1_000_000}\n`, () => process.exit(0));
