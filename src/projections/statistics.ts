import { settleActivity } from "../store/statistics/activity-store.js";
import {
  emptyStatistics,
  fillStatistics,
  STATISTICS,
} from "../store/statistics/statistics-store.js";
import type { Projection } from "./projection.js";

/** What is counted of commits by author, person and time (docs/decisions/0013). */
export const statistics: Projection = {
  name: STATISTICS,
  commitsMax: 4_000,
  fill: fillStatistics,
  settle: settleActivity,
  empty: emptyStatistics,
};
