import { Command } from "@commander-js/extra-typings";
import { parseLimit } from "../argument.js";
import { PAGE_INFO, type Page } from "../client/pages.js";
import { withCommitFilter } from "../commit-filter.js";
import { showPages } from "../terminal/show-pages.js";
import { dateOf } from "../terminal/time-text.js";
import type { Tools } from "../tools.js";

interface Listed {
  readonly abbreviatedOid: string;
  readonly messageHeadline: string;
  readonly committedAt: string;
  readonly author: { readonly name: string; readonly login: string | null };
  readonly repository: { readonly nameWithOwner: string };
}

const COMMITS = `query ($repository: String, $first: Int!, $after: String, $filter: CommitFilter) {
  commits(repository: $repository, first: $first, after: $after, filter: $filter) {
    nodes {
      oid abbreviatedOid messageHeadline authoredAt committedAt url repository { nameWithOwner }
      author { name email login } committer { name email login }
    }
    ${PAGE_INFO}
  }
}`;

const AUTHOR_WIDTH_MAX = 24;
const COLUMNS = [
  { title: "COMMIT", of: (row: Listed) => row.abbreviatedOid },
  { title: "DATE", of: (row: Listed) => dateOf(row.committedAt) },
  {
    title: "AUTHOR",
    of: ({ author }: Listed) => author.login ?? author.name,
    widthMax: AUTHOR_WIDTH_MAX,
    isExtra: true,
  },
  { title: "MESSAGE", of: (row: Listed) => row.messageHeadline },
];
const COLUMNS_OF_ALL = [
  {
    title: "REPOSITORY",
    of: (row: Listed) => row.repository.nameWithOwner,
    cutAt: "start" as const,
  },
  ...COLUMNS,
];
const LIMIT_DEFAULT = 20;

export function commitsCommand({ server, output }: Tools) {
  return withCommitFilter(new Command("commits"))
    .description("Lists reachable commits, newest committer date first.")
    .argument("[repository]", "owner/name, or an id; absent: of all together")
    .option("--limit <count>", "at most so many", parseLimit, LIMIT_DEFAULT)
    .action(async (repository, { limit, ...filter }) => {
      const readPage = async (place: object) => {
        const variables = { ...place, repository, filter };
        return (await server().ask<{ commits: Page<Listed> }>(COMMITS, variables)).commits;
      };
      const columns = repository === undefined ? COLUMNS_OF_ALL : COLUMNS;
      await showPages(output, readPage, { columns, whenEmpty: "No such commits.", limit });
    });
}
