import { Command } from "@commander-js/extra-typings";
import { parseDate, parseLimit } from "../argument.js";
import { dateOf } from "../terminal/time-text.js";
import type { Tools } from "../tools.js";

interface Author {
  readonly name: string;
  readonly email: string;
  readonly login: string | null;
  readonly isBot: boolean;
  readonly commitCount: number;
  readonly lastCommitAt: string;
}

const TOP_AUTHORS = `query ($repository: String, $first: Int!, $since: DateTime, $until: DateTime) {
  topAuthors(repository: $repository, first: $first, since: $since, until: $until) {
    name email login avatarUrl isBot commitCount firstCommitAt lastCommitAt
  }
}`;

const COLUMNS = [
  { title: "COMMITS", of: ({ commitCount }: Author) => commitCount },
  { title: "AUTHOR", of: ({ login, email }: Author) => login ?? email },
  { title: "LAST", of: ({ lastCommitAt }: Author) => dateOf(lastCommitAt) },
  { title: "NAME", of: ({ name, isBot }: Author) => (isBot ? `${name} (bot)` : name) },
];
const LIMIT_DEFAULT = 10;

export function topAuthorsCommand({ server, output }: Tools) {
  return new Command("top-authors")
    .description("Lists who has most reachable commits.")
    .argument("[repository]", "owner/name, or an id; absent: all together")
    .option(
      "--since <date>",
      "committed then or later: 2026-01-31, 2026-01-31T12:00Z, 7d",
      parseDate,
    )
    .option("--until <date>", "committed then or earlier", parseDate)
    .option("--limit <count>", "at most so many", parseLimit, LIMIT_DEFAULT)
    .action(async (repository, { since, until, limit }) => {
      const variables = { repository, since, until, first: limit };
      const { topAuthors } = await server().ask<{ topAuthors: Author[] }>(TOP_AUTHORS, variables);
      await output.table(COLUMNS)(topAuthors);
    });
}
