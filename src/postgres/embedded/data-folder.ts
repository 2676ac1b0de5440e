import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Binaries, majorVersionOf } from "./binaries.js";
import { serverError, unfit } from "./folder-error.js";
import { spawnAs } from "./server-user.js";

/** Where everything is under `DATA_DIR`. */
export function placesIn(dataDir: string) {
  return {
    folder: join(dataDir, "postgres"),
    passwordFile: join(dataDir, "postgres.password"),
    logFile: join(dataDir, "postgres.log"),
  };
}

/** Null where there is none yet. Rejects with a line on what is wrong with one that cannot be used. */
export async function inspectDataFolder(
  dataDir: string,
  binaries: Binaries,
): Promise<{ password: string } | null> {
  const { folder, passwordFile } = placesIn(dataDir);
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (entries.length === 0) return null;
  const version = await readFile(join(folder, "PG_VERSION"), "utf8").catch(() => null);
  if (version === null || !entries.includes("global")) {
    throw unfit(
      `${folder} holds no whole PostgreSQL database (files are missing). Restore it from a copy, or remove it to begin anew.`,
    );
  }
  const [made, ours] = [version.trim(), await majorVersionOf(binaries)];
  if (made !== ours) {
    throw unfit(
      `${folder} was made by PostgreSQL ${made}, and this is PostgreSQL ${ours}, which cannot read it. Go on with the version of the tracker that made it, carry the data over with pg_dump, or begin anew in another folder with DATA_DIR.`,
    );
  }
  const password = await readPassword(passwordFile);
  if (password !== null) return { password };
  throw unfit(
    `${folder} cannot be entered without ${passwordFile}, which is missing. Restore it from a copy, or remove both to begin anew.`,
  );
}

/** Makes the database, which {@link inspectDataFolder} did not find, and returns its password. */
export async function initialiseDataFolder(
  dataDir: string,
  { binaries, user }: { binaries: Binaries; user: number | null },
): Promise<{ password: string }> {
  const { folder, passwordFile } = placesIn(dataDir);
  const password = (await readPassword(passwordFile)) ?? (await createPassword(passwordFile));
  const fresh = `${folder}.new`; // renamed at the end, so that a start cut short leaves nothing half made
  const handed = `${folder}.pwfile`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  try {
    await writeFile(handed, password, { mode: 0o600 });
    if (user !== null) for (const path of [fresh, handed]) await chown(path, user, user);
    const child = spawnAs(
      user,
      binaries.initdb,
      [
        ...["-D", fresh, "-U", "tracker", "--auth=scram-sha-256"],
        ...[`--pwfile=${handed}`, "-E", "UTF8", "--locale=C"],
        ...["--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let output = "";
    child.stderr?.on("data", (chunk) => {
      output = `${output}${chunk}`.slice(-4_000);
    });
    const [exitCode] = await once(child, "close");
    if (exitCode !== 0) throw serverError("could not make its files", output, dataDir);
    await rename(fresh, folder);
  } finally {
    await rm(handed, { force: true });
    await rm(fresh, { recursive: true, force: true });
  }
  return { password };
}

export async function readPassword(path: string): Promise<string | null> {
  const found = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return found === "" ? null : found;
}

async function createPassword(path: string): Promise<string> {
  const password = randomBytes(24).toString("base64url");
  await writeFile(`${path}.new`, password, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return password;
}
