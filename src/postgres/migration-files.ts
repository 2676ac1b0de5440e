import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** `prisma/migrations` beside `src` or `dist`. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text in hex digits, as `prisma migrate` keeps it. */
  readonly checksum: string;
}

/** One for each folder of `prisma/migrations`, oldest first. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return await Promise.all(
    names.sort().map(async (name) => {
      const text = await readFile(join(folder, name, "migration.sql"), "utf8");
      const sql = text.replaceAll("\r\n", "\n"); // a checkout may have changed the ends of lines
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}
