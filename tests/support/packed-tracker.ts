import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Made by a build, or by those who work in a checkout. */
const NOT_IN_A_CHECKOUT = new Set(["node_modules", "dist", ".git", ".data", "prisma-client"]);
const OUTPUT_BYTES_MAX = 16 * 1_024 * 1_024;
/** As a person's shell has it: what npm tells the scripts of a test is none of theirs. */
const ENV = { PATH: process.env.PATH, HOME: process.env.HOME };
const run = promisify(execFile);

export interface PackedTracker {
  readonly tarball: string;
  /** Paths of what is in it, `/` between their parts. */
  readonly files: readonly string[];
}

/** `npm pack` in a copy of this checkout that was never built, so that all is made by what npm runs before. */
export async function packTracker(folder: string): Promise<PackedTracker> {
  const checkout = join(folder, "checkout");
  const isCopied = (path: string) => !NOT_IN_A_CHECKOUT.has(basename(path));
  const filter = (path: string) => relative(ROOT, path) === "" || isCopied(path);
  await cp(ROOT, checkout, { recursive: true, filter });
  await symlink(join(ROOT, "node_modules"), join(checkout, "node_modules"));
  const { stdout } = await npm(["pack", "--json", "--pack-destination", folder], checkout);
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as [
    { filename: string; files: readonly { path: string }[] },
  ];
  return {
    tarball: join(folder, packed.filename),
    files: packed.files.map(({ path }) => path),
  };
}

/**
 * Installs the tarball into a project of its own, without development dependencies and with the scripts
 * that npm runs, on the versions of our own lock file: with these npm asks the registry for nothing that
 * it has kept.
 */
export async function installPacked({ tarball }: PackedTracker, project: string): Promise<void> {
  const lock = await readJson<Lock>(join(ROOT, "package-lock.json"));
  const { name, version, overrides } = await readJson<Manifest>(join(ROOT, "package.json"));
  const { devDependencies: _, ...own } = lock.packages[""] ?? {};
  const dependencies = { [name]: `file:${tarball}` };
  const installed = Object.entries(lock.packages).filter(
    ([path, { dev, devOptional }]) => path !== "" && dev !== true && devOptional !== true,
  );
  const packages = {
    "": { name: "elsewhere", dependencies },
    [`node_modules/${name}`]: { ...own, name, version, resolved: `file:${tarball}` },
    ...Object.fromEntries(installed),
  };
  await mkdir(project, { recursive: true });
  const write = (file: string, value: object) =>
    writeFile(join(project, file), JSON.stringify(value));
  await write("package.json", { name: "elsewhere", type: "module", dependencies, overrides });
  await write("package-lock.json", { name: "elsewhere", lockfileVersion: 3, packages });
  await npm(["ci", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund"], project);
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly overrides?: object;
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { dev?: boolean; devOptional?: boolean; devDependencies?: object }>
  >;
}

const readJson = async <T>(path: string) => JSON.parse(await readFile(path, "utf8")) as T;

async function npm(args: readonly string[], cwd: string): Promise<{ stdout: string }> {
  return await run("npm", args, { cwd, env: ENV, maxBuffer: OUTPUT_BYTES_MAX });
}
