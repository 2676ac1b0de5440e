import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { databaseUrl, execute } from "./postgres.setup.js";

const run = promisify(execFile);

export interface Backup {
  /** In place of what is there now, whoever has it open. */
  restore(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Of a database that nobody has open: a dump, where there is a pg_dump that knows this version of the server,
 * else a copy.
 */
export async function takeBackup(url: string): Promise<Backup> {
  const name = new URL(url).pathname.slice(1);
  const server = databaseUrl(url, "postgres");
  const drop = () => execute(server, `drop database if exists ${name} with (force)`);
  const folder = await mkdtemp(join(tmpdir(), "tracker-backup-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const file = join(folder, "dump");
  const isDumped = await run("pg_dump", ["-Fc", "-f", file, url]).then(
    () => true,
    () => false,
  );
  if (isDumped) {
    return {
      remove,
      async restore() {
        await drop();
        await execute(server, `create database ${name}`);
        await run("pg_restore", ["-d", url, file]);
      },
    };
  }
  const copy = `tracker_backup_${randomBytes(6).toString("hex")}`;
  await execute(server, `create database ${copy} template ${name}`);
  return {
    async restore() {
      await drop();
      await execute(server, `create database ${name} template ${copy}`);
    },
    async remove() {
      await execute(server, `drop database if exists ${copy} with (force)`);
      await remove();
    },
  };
}
