import type { Logger } from "pino";
import type { DatabasePlace } from "../config/config.js";
import type { Database } from "../postgres/database.js";
import { type FeedGap, noticeRestore, resumeFeed } from "../store/feed/feed-restore.js";
import { type CommandOptions, withDatabase } from "./with-database.js";

/** `tracker restored`: has the feed go on behind whatever it may have given out before; where that is. */
export async function declareRestored(
  place: DatabasePlace,
  options: CommandOptions,
): Promise<FeedGap> {
  return await withDatabase(place, options, ({ transaction }) => transaction(resumeFeed));
}

/** The same at the start of a process, where the database shows that it is another than before. */
export async function tellOfRestore(
  { transaction }: Pick<Database, "transaction">,
  logger: Logger,
): Promise<void> {
  const gap = await transaction(noticeRestore);
  if (gap === null) return;
  const { after, upTo } = gap;
  logger.warn({ after, upTo }, "the database is another than before: the feed leaves a gap");
}
