import { settleActivity } from "../store/statistics/activity-store.js";
import {
  emptyStatistics,
  fillStatistics,
  STATISTICS_PROJECTION,
} from "../store/statistics/statistics-store.js";
import type { Projection } from "./projection.js";

/** What is counted of commits by author, person and time (docs/decisions/0013). */
export const STATISTICS: Projection = {
  name: STATISTICS_PROJECTION,
  commitsMax: 4_000,
  fill: fillStatistics,
  settle: settleActivity,
  empty: emptyStatistics,
};
