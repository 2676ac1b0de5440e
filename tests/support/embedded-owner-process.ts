/** `embedded-owner-process.ts DATA_DIR`: a process that owns an embedded database until it is killed; its URL is its first line. */
import { pino } from "pino";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";

const [dataDir = ""] = process.argv.slice(2);
const { url } = await startEmbeddedPostgres({ dataDir, logger: pino({ level: "silent" }) });
process.stdout.write(`${url}\n`);
setInterval(() => {}, 1_000);
