import { Command } from "@commander-js/extra-typings";
import { parseDate, parseLimit } from "../argument.js";
import { PAGE_INFO, type Page } from "../client/pages.js";
import { showPages } from "../terminal/show-pages.js";
import { localTime } from "../terminal/terminal-text.js";
import type { Tools } from "../tools.js";

interface Listed {
  readonly abbreviatedOid: string;
  readonly messageHeadline: string;
  readonly committedAt: string;
  readonly author: { readonly name: string; readonly login: string | null };
}

const COMMITS = `query ($repository: String!, $first: Int!, $after: String, $filter: CommitFilter) {
  commits(repository: $repository, first: $first, after: $after, filter: $filter) {
    nodes {
      oid abbreviatedOid messageHeadline authoredAt committedAt url
      author { name email login } committer { name email login }
    }
    ${PAGE_INFO}
  }
}`;

const AUTHOR_WIDTH_MAX = 24;
const COLUMNS = [
  { title: "COMMIT", of: (row: Listed) => row.abbreviatedOid },
  { title: "DATE", of: (row: Listed) => localTime(row.committedAt) },
  {
    title: "AUTHOR",
    of: ({ author }: Listed) => author.login ?? author.name,
    widthMax: AUTHOR_WIDTH_MAX,
  },
  { title: "MESSAGE", of: (row: Listed) => row.messageHeadline },
];
const LIMIT_DEFAULT = 20;

export function commitsCommand({ server, output }: Tools) {
  return new Command("commits")
    .description("Lists a repository's reachable commits, newest committer date first.")
    .argument("<repository>", "owner/name, or an id")
    .option("--author <author>", "login, e-mail or name")
    .option(
      "--since <date>",
      "committed then or later: 2026-01-31, 2026-01-31T12:00Z, 7d",
      parseDate,
    )
    .option("--until <date>", "committed then or earlier", parseDate)
    .option("--text <text>", "found in the message")
    .option("--limit <count>", "at most so many", parseLimit, LIMIT_DEFAULT)
    .action(async (repository, { limit, ...given }) => {
      const filter = Object.keys(given).length === 0 ? undefined : given;
      const readPage = async (place: object) => {
        const variables = { ...place, repository, filter };
        return (await server().ask<{ commits: Page<Listed> }>(COMMITS, variables)).commits;
      };
      await showPages(output, readPage, { columns: COLUMNS, whenEmpty: "No such commits.", limit });
    });
}
