/**
 * `npm run bench:history`: long histories by git and by the API, against a GitHub that takes GitHub's times.
 * First what the transport alone takes, nothing stored, beside git itself; then all of it, from `addRepository`
 * until the repository is ACTIVE. express, where it lies beside the project, and a made-up history of a million
 * commits; by the API a shorter one of its kind. Short: `-- --commits 20000 --people 800 --api-commits 5000`.
 * A bare repository of your own: `-- --git-dir PATH`. What heads take: `-- --heads`.
 */
import { execFile } from "node:child_process";
import { Console } from "node:console";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { measureHeads } from "./history/heads.js";
import { startStandIn } from "./history/stand-in.js";
import { measureTransport } from "./history/transport-floor.js";
import { measureWhole } from "./history/whole-history.js";
import { writeHistory } from "./history/written-history.js";

const { values } = parseArgs({
  options: {
    commits: { type: "string", default: "1000000" },
    people: { type: "string", default: "30000" },
    /** Of the made-up history that comes by the API. */
    "api-commits": { type: "string", default: "20000" },
    "message-length": { type: "string", default: "613" },
    "git-dir": { type: "string" },
    transports: { type: "string", default: "git,api" },
    "no-express": { type: "boolean", default: false },
    "no-transport": { type: "boolean", default: false },
    /** Without GitHub's times. */
    "no-latency": { type: "boolean", default: false },
    /** Of a hundred repositories, and nothing else: what looking at their heads takes. */
    heads: { type: "boolean", default: false },
    "minutes-max": { type: "string", default: "60" },
  },
});
/** The history of expressjs/express, beside the project where it is being worked on. */
const ARCHIVE = fileURLToPath(new URL("../../../shared/repos/express.git.tar.gz", import.meta.url));
const { log, table } = new Console(process.stdout);
const folder = await mkdtemp(join(tmpdir(), "tracker-bench-history-"));
const transports = values.transports.split(",").filter((each) => each !== "");
const report: Record<string, unknown> = { options: values };

interface Source {
  readonly name: string;
  readonly gitDir: string;
  /** By the API, where the whole of it would take hours. */
  readonly apiGitDir?: string;
}

try {
  if (values.heads) {
    const heads = await measureHeads();
    table(heads);
    report.heads = heads;
  }
  for (const source of values.heads ? [] : await sources()) {
    log(source.name);
    const transport = values["no-transport"] ? [] : await transportOf(source);
    if (transport.length > 0) table(transport);
    const whole = [];
    for (const each of transports) {
      const gitDir = each === "api" ? (source.apiGitDir ?? source.gitDir) : source.gitDir;
      const hasLatency = !values["no-latency"];
      const msMax = Number(values["minutes-max"]) * 60_000;
      whole.push(await measureWhole({ gitDir, folder, transport: each, hasLatency, msMax, log }));
    }
    table(whole);
    report[source.name] = { transport, whole };
  }
  await writeFile("bench-history.json", JSON.stringify(report, null, 2));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function sources(): Promise<Source[]> {
  const given = values["git-dir"];
  if (given !== undefined) return [{ name: given, gitDir: given }];
  const found: Source[] = [];
  if (!values["no-express"] && existsSync(ARCHIVE)) {
    const unpacked = join(folder, "archive");
    await mkdir(unpacked);
    await promisify(execFile)("tar", ["-xzf", ARCHIVE, "-C", unpacked]);
    const [name = ""] = await readdir(unpacked);
    found.push({ name: "express", gitDir: join(unpacked, name) });
  }
  const commits = Number(values.commits);
  const gitDir = await made(commits);
  const apiCommits = Math.min(commits, Number(values["api-commits"]));
  const apiGitDir = transports.includes("api") ? await made(apiCommits) : gitDir;
  return [...found, { name: `${commits} commits`, gitDir, apiGitDir }];
}

async function made(commits: number): Promise<string> {
  const gitDir = join(folder, `made-${commits}.git`);
  if (existsSync(gitDir)) return gitDir;
  const people = Math.ceil((Number(values.people) * commits) / Number(values.commits));
  await writeHistory(gitDir, {
    ...{ commits, people, seed: 1, messageLength: Number(values["message-length"]) },
  });
  return gitDir;
}

async function transportOf({ gitDir }: Source) {
  const standIn = await startStandIn(gitDir);
  try {
    const repository = { owner: "bench", name: "history", oid: standIn.oid };
    return await measureTransport({ gitUrl: standIn.url, folder, ...repository });
  } finally {
    await standIn.stop();
  }
}
