import { urlOfRunning } from "../embedded-postgres.js";
import { type Binaries, findBinaries } from "./binaries.js";
import { inspectDataFolder } from "./data-folder.js";
import { folderError } from "./folder-error.js";
import { isFolderOwned } from "./folder-owner.js";

export interface EmbeddedFacts {
  readonly binaries: Binaries;
  /** False: the first start makes it. */
  readonly isMade: boolean;
  /** A tracker runs on it. */
  readonly isOwned: boolean;
  /** Where it answers; null when it does not. */
  readonly url: string | null;
}

/** Looks and changes nothing. Rejects with a line on what makes a start here fail. */
export async function inspectEmbedded(dataDir: string): Promise<EmbeddedFacts> {
  try {
    const binaries = await findBinaries();
    const isMade = (await inspectDataFolder(dataDir, binaries)) !== null;
    const isOwned = await isFolderOwned(dataDir);
    return { binaries, isMade, isOwned, url: isMade ? await urlOfRunning(dataDir) : null };
  } catch (cause) {
    throw folderError(dataDir, cause);
  }
}
