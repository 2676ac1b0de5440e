import type { Projection } from "./projection.js";
import { statistics } from "./statistics.js";

/** All that is filled behind the feed. */
export const PROJECTIONS: readonly Projection[] = [statistics];
