import type { Database } from "../../postgres/database.js";
import {
  type Activity,
  type ActivityRange,
  readActivity,
} from "../../store/commits/activity-reader.js";
import {
  type AuthorStats,
  countAuthors,
  listTopAuthors,
} from "../../store/commits/author-reader.js";
import type { BoundedCount } from "../../store/list.js";
import type { Subject } from "../../store/of-each.js";
import type { AuthorPage } from "../../store/statistics/author-order.js";
import type { DateRange } from "../../store/statistics/spans.js";
import type { ReadingPlaces } from "./reading-places.js";

/** Statistics of each subject. What may count commits one by one waits for a place. */
export interface StatisticsReads {
  topAuthors<Of extends Subject>(
    subjects: readonly Of[],
    range: DateRange,
    page: AuthorPage,
  ): Promise<Map<Of, AuthorStats[]>>;
  countAuthors<Of extends Subject>(
    subjects: readonly Of[],
    range: DateRange,
  ): Promise<Map<Of, BoundedCount>>;
  activity<Of extends Subject>(
    subjects: readonly Of[],
    range: ActivityRange,
  ): Promise<Map<Of, Activity[]>>;
}

export function createStatisticsReads(
  database: Database,
  counting: ReadingPlaces,
): StatisticsReads {
  return {
    topAuthors(subjects, range, page) {
      const read = () => listTopAuthors(database, subjects, range, page);
      return isCounted(subjects, range) ? counting.enter(read) : read();
    },
    countAuthors(subjects, range) {
      const read = () => countAuthors(database, subjects, range);
      return isCounted(subjects, range) ? counting.enter(read) : read();
    },
    activity: (subjects, range) => counting.enter(() => readActivity(database, subjects, range)),
  };
}

/** Of one repository's authors without dates there are counters. */
function isCounted(subjects: readonly Subject[], { since, until }: DateRange): boolean {
  return since !== null || until !== null || subjects.includes(null);
}
