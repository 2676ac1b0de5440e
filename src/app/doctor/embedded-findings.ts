import { access, constants } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Finding } from "../../cli/finding.js";
import { findBinaries } from "../../postgres/embedded-postgres.js";

/** Whether the embedded parts can work here: PostgreSQL for this machine, and a folder for its data. */
export async function* embeddedFindings({
  dataDir,
}: {
  dataDir: string;
}): AsyncGenerator<Finding, void, undefined> {
  const folder = resolve(dataDir);
  try {
    await requireWritable(folder);
    yield { level: "ok", subject: "data folder", message: folder };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const message = `${folder} cannot be written (${code})`;
    yield {
      level: "FAIL",
      subject: "data folder",
      message,
      remedy: "Choose another with DATA_DIR.",
    };
  }
  try {
    const { postgres } = await findBinaries();
    yield { level: "ok", subject: "database", message: `embedded: ${postgres}` };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    yield { level: "FAIL", subject: "database", message };
  }
}

/** The folder, or the one in which it would be made. */
async function requireWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (!isMissing || dirname(folder) === folder) throw error;
    await requireWritable(dirname(folder));
  }
}
