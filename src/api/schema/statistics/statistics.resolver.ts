import { following, type Interval, startOf } from "../../../domain/calendar.js";
import type { ActivityRange } from "../../../store/commits/activity-reader.js";
import type { Subject } from "../../../store/of-each.js";
import type { ApiDependencies } from "../../dependencies.js";
import type { CountsCommits } from "../../execution/commit-counting.js";
import { requireDate, requireOptionalDate, requireRepository } from "../../paging/arguments.js";
import { pageSize } from "../../paging/page.js";
import { GraphQLDateTime } from "../date-time.js";
import { OptionalRepositoryArgument } from "../repositories/repository-argument.js";
import { Arg, Args, Extensions, Int, Query, Resolver } from "../type-graphql.js";
import { INTERVALS_MAX, listActivityPage, readIntervals } from "./activity-page.js";
import { type AuthorSource, listAuthorPage, showAuthor } from "./author-page.js";
import {
  ActivityInterval,
  ActivityPageArguments,
  AuthorPageArguments,
  AuthorStats,
  AuthorStatsConnection,
  CommitActivity,
  CommitActivityConnection,
} from "./statistics.type.js";

const AUTHORS_DEFAULT = 10;
const INTERVALS_DEFAULT = 30;

@Resolver()
export class StatisticsResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => [AuthorStats], {
    description:
      "Who has most reachable commits: the first of `authors`. Exact, also of what has just been stored.",
  })
  @Extensions({ countsCommits: ["since", "until"] satisfies CountsCommits })
  async topAuthors(
    @OptionalRepositoryArgument() ref: string | null,
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
    const count = pageSize(first, "first");
    const range = {
      since: requireOptionalDate(since, "since"),
      until: requireOptionalDate(until, "until"),
    };
    const page = { count, from: "start", after: null, before: null } as const;
    const authors = await this.#authorsOf(await this.#subject(ref)).list(range, page);
    return authors.slice(0, count).map(showAuthor);
  }

  @Query(() => AuthorStatsConnection, {
    description: "Who has most reachable commits, the latest first among equals.",
  })
  @Extensions({ countsCommits: ["since", "until"] satisfies CountsCommits })
  async authors(
    @OptionalRepositoryArgument() ref: string | null,
    @Args(() => AuthorPageArguments) page: AuthorPageArguments,
  ) {
    return await listAuthorPage(this.#authorsOf(await this.#subject(ref)), page);
  }

  @Query(() => [CommitActivity], {
    description: `\`activity\` as a whole: reachable commits by interval, oldest first, from the one with \`since\` to the one with \`until\`, empty ones included: at most ${INTERVALS_MAX}.`,
  })
  @Extensions({ listSize: INTERVALS_MAX, countsCommits: true satisfies CountsCommits })
  async commitActivity(
    @OptionalRepositoryArgument() ref: string | null,
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
    const read = this.#activityOf(await this.#subject(ref));
    return await readIntervals(read, { since: from, until: to, interval });
  }

  @Query(() => CommitActivityConnection, {
    description: `Reachable commits by interval, oldest first, empty ones included: at most ${INTERVALS_MAX} from \`since\` to \`until\`.`,
  })
  @Extensions({ countsCommits: true satisfies CountsCommits })
  async activity(
    @OptionalRepositoryArgument() ref: string | null,
    @Args(() => ActivityPageArguments) page: ActivityPageArguments,
  ) {
    return await listActivityPage(this.#activityOf(await this.#subject(ref)), page);
  }

  #authorsOf(subject: Subject): AuthorSource {
    const { statistics } = this.api;
    return {
      async list(range, page) {
        return (await statistics.topAuthors([subject], range, page)).get(subject) ?? [];
      },
      async count(range) {
        const counted = (await statistics.countAuthors([subject], range)).get(subject);
        return counted ?? { count: 0, isExact: true };
      },
    };
  }

  #activityOf(subject: Subject) {
    return async (range: ActivityRange) =>
      (await this.api.statistics.activity([subject], range)).get(subject) ?? [];
  }

  async #subject(ref: string | null): Promise<Subject> {
    return ref == null ? null : (await requireRepository(this.api.database, ref)).id;
  }
}
