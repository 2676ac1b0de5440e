import { Arg, Extensions, Int, Query, Resolver } from "type-graphql";
import { isBot } from "../../../domain/bot.js";
import { following, type Interval, intervalsBetween, startOf } from "../../../domain/calendar.js";
import { TrackerError } from "../../../domain/errors.js";
import { readActivity } from "../../../store/commits/activity-reader.js";
import { listTopAuthors } from "../../../store/commits/author-reader.js";
import type { ApiDependencies } from "../../dependencies.js";
import type { CountsCommits } from "../../execution/commit-counting.js";
import { requireDate, requireRepository } from "../../paging/arguments.js";
import { pageSize } from "../../paging/page.js";
import { GraphQLDateTime } from "../date-time.js";
import { ActivityInterval, AuthorStats, CommitActivity } from "./statistics.type.js";

const AUTHORS_DEFAULT = 10;
const INTERVALS_MAX = 1_000;
const INTERVALS_DEFAULT = 30;
const REPOSITORY = "`owner/name`, or an id; absent: all.";

@Resolver()
export class StatisticsResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => [AuthorStats], {
    description:
      "Who has most reachable commits. Without dates it is read from counters; with dates the commits of that time are counted.",
  })
  @Extensions({ countsCommits: ["since", "until"] satisfies CountsCommits })
  async topAuthors(
    @Arg("repository", () => String, { nullable: true, description: REPOSITORY })
    repository: string | null,
    @Arg("first", () => Int, { defaultValue: AUTHORS_DEFAULT, description: "1 to 100." })
    first: number,
    @Arg("since", () => GraphQLDateTime, {
      nullable: true,
      description: "Committed then or later.",
    })
    since: Date | null,
    @Arg("until", () => GraphQLDateTime, {
      nullable: true,
      description: "Committed then or earlier.",
    })
    until: Date | null,
  ): Promise<AuthorStats[]> {
    const size = pageSize(first, "first");
    const range = {
      since: since == null ? null : requireDate(since, "since"),
      until: until == null ? null : requireDate(until, "until"),
      repositoryId: await this.#repositoryId(repository),
    };
    const { counting, database } = this.api;
    const read = () => listTopAuthors(database, range, size);
    const isSmall = since == null && until == null && repository != null;
    const authors = await (isSmall ? read() : counting.enter(read));
    return authors.map((author) => ({ ...author, isBot: isBot(author) }));
  }

  @Query(() => [CommitActivity], {
    description: `Reachable commits by interval, oldest first, from the one with \`since\` to the one with \`until\`, empty ones included: at most ${INTERVALS_MAX}.`,
  })
  @Extensions({ listSize: INTERVALS_MAX, countsCommits: true satisfies CountsCommits })
  async commitActivity(
    @Arg("repository", () => String, { nullable: true, description: REPOSITORY })
    repository: string | null,
    @Arg("since", () => GraphQLDateTime, {
      nullable: true,
      description: `Committed then or later; absent: ${INTERVALS_DEFAULT} intervals.`,
    })
    since: Date | null,
    @Arg("until", () => GraphQLDateTime, {
      nullable: true,
      description: "Committed then or earlier; absent: now.",
    })
    until: Date | null,
    @Arg("interval", () => ActivityInterval, { defaultValue: "DAY", description: "Steps." })
    interval: Interval,
  ): Promise<CommitActivity[]> {
    const to = until == null ? new Date() : requireDate(until, "until");
    const from =
      since == null
        ? following(startOf(to, interval), interval, 1 - INTERVALS_DEFAULT)
        : requireDate(since, "since");
    const starts = intervalsBetween(from, to, interval, INTERVALS_MAX + 1);
    if (starts.length > INTERVALS_MAX) {
      throw new TrackerError(
        "BAD_USER_INPUT",
        `There are more than ${INTERVALS_MAX} intervals from \`since\` to \`until\`.`,
        { field: "since" },
      );
    }
    const repositoryId = await this.#repositoryId(repository);
    const range = { repositoryId, since: from, until: to, interval };
    const { counting, database } = this.api;
    const counted = await counting.enter(() => readActivity(database, range));
    const byStart = new Map(counted.map((one) => [one.start.getTime(), one]));
    return starts.map(
      (start) => byStart.get(start.getTime()) ?? { start, commitCount: 0, authorCount: 0 },
    );
  }

  async #repositoryId(ref: string | null): Promise<number | null> {
    return ref == null ? null : (await requireRepository(this.api.database, ref)).id;
  }
}
