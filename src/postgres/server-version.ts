import { Prisma } from "./prisma-client/client.js";
import type { StatementReader } from "./reader.js";

/** Of the primary, as it calls itself, without what packagers add: `18.4`. */
export async function readServerVersion(reader: StatementReader): Promise<string> {
  const [row] = await reader.query<{ version: string }>(
    Prisma.sql`select split_part(current_setting('server_version'), ' ', 1) as version`,
  );
  return row?.version ?? "";
}
