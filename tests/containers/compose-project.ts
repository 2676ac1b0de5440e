import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What a build and `docker compose` read of this folder. */
const FILES = [
  ...[".dockerignore", "Dockerfile", "compose.yaml", "containers"],
  ...["package.json", "package-lock.json", "tsconfig.json", "prisma.config.ts"],
  ...["prisma", "scripts", "src"],
];
const COMMAND_MS_MAX = 600_000;
const OUTPUT_BYTES_MAX = 64 * 1_024 * 1_024;

export interface ComposeProject extends AsyncDisposable {
  /** `docker compose …`; rejects with what it wrote when it fails. */
  compose(...args: string[]): Promise<string>;
  /** The same, with other variables beside the project's. */
  composeWith(more: Readonly<Record<string, string>>, ...args: string[]): Promise<string>;
  docker(...args: string[]): Promise<string>;
  /** Ids of a service's containers, or of all. */
  containersOf(service?: string): Promise<string[]>;
  /** Ends a container's first process with SIGKILL, as a crash does: its restart policy is asked. */
  crash(container: string): Promise<void>;
  readSecret(name: string): Promise<string>;
  readSecrets(): Promise<ReadonlyMap<string, string>>;
}

/** A copy of this folder with secrets of its own. Disposed, its containers, volumes and files are gone. */
export async function createComposeProject(
  env: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): Promise<ComposeProject> {
  const folder = await mkdtemp(join(tmpdir(), "tracker-compose-"));
  for (const name of FILES) await cp(join(ROOT, name), join(folder, name), { recursive: true });
  const override = join(ROOT, "tests/containers/compose.test.yaml");
  const execute = async (command: string, args: string[], more = {}): Promise<string> => {
    const { stdout } = await run(command, args, {
      ...{ cwd: folder, timeout: COMMAND_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX },
      env: { ...process.env, ...env, ...more },
    });
    return stdout.trim();
  };
  const docker = (...args: string[]) => execute("docker", args);
  const files = ["compose", "-f", "compose.yaml", "-f", override, "--ansi", "never"];
  const compose = (...args: string[]) => docker(...files, ...args);
  await execute("sh", ["containers/secrets.sh"], secrets);
  const readSecret = async (name: string) =>
    (await readFile(join(folder, "secrets", name), "utf8")).trim();
  return {
    compose,
    composeWith: (more, ...args) => execute("docker", [...files, ...args], more),
    docker,
    async containersOf(service) {
      const ids = await compose("ps", "--all", "-q", ...(service === undefined ? [] : [service]));
      return ids.split("\n").filter((id) => id !== "");
    },
    async crash(container) {
      const pid = await docker("inspect", "-f", "{{.State.Pid}}", container);
      const inEngine = ["run", "--rm", "--pid=host", "--user=0", "--entrypoint=bash"];
      await docker(...inEngine, "github-change-tracker", "-c", `kill -KILL ${Number(pid)}`);
    },
    readSecret,
    async readSecrets() {
      const names = await readdir(join(folder, "secrets"));
      return new Map(
        await Promise.all(names.map(async (name) => [name, await readSecret(name)] as const)),
      );
    },
    async [Symbol.asyncDispose]() {
      const everything = ["--profile", "*", "down", "--volumes", "--remove-orphans"];
      await compose(...everything, "--timeout", "5").finally(() =>
        rm(folder, { recursive: true, force: true }),
      );
    },
  };
}
