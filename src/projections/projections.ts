import type { Projection } from "./projection.js";
import { STATISTICS } from "./statistics-projection.js";
import { WORDS } from "./word-projection.js";

/** All that is filled behind the feed. */
export const PROJECTIONS: readonly Projection[] = [WORDS, STATISTICS];
