import type { DatabasePlace } from "../config/config.js";
import { ConfigError } from "../config/env.js";
import { isFolderOwned } from "../postgres/embedded/folder-owner.js";

/**
 * A command beside a tracker finds its database by the same variables. Without the tracker's tokens, or
 * with some that it does not have, that is another database: rejects with `ConfigError` where a tracker
 * runs on that one, and none on this.
 */
export async function requireNoSibling(place: DatabasePlace): Promise<void> {
  if (place.kind === "distributed") return;
  const { dataDir, siblingDir, isDemo } = place;
  if ((await isFolderOwned(dataDir)) || !(await isFolderOwned(siblingDir))) return;
  const [here, remedy] = isDemo
    ? ["the demo's: there are no GITHUB_TOKENS", "Set the GITHUB_TOKENS that it has"]
    : ["not the demo's: there are GITHUB_TOKENS", "Unset GITHUB_TOKENS for the running demo"];
  throw new ConfigError([
    `This would work on the database in ${dataDir} (${here}), but the tracker that runs has its own in ${siblingDir}. ${remedy}, or stop it first.`,
  ]);
}
