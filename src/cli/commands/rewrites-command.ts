import { Command } from "@commander-js/extra-typings";
import { parseLimit } from "../argument.js";
import { PAGE_INFO, type Page } from "../client/pages.js";
import { showPages } from "../terminal/show-pages.js";
import { dateOf } from "../terminal/time-text.js";
import type { Tools } from "../tools.js";

interface Rewrite {
  readonly detectedAt: string;
  readonly beforeOid: string;
  readonly afterOid: string;
  readonly orphanedCount: number;
  readonly restoredCount: number;
  readonly after: { readonly messageHeadline: string } | null;
}

const REWRITES = `query ($repository: String!, $first: Int!, $after: String) {
  historyRewrites(repository: $repository, first: $first, after: $after) {
    nodes {
      detectedAt beforeOid afterOid orphanedCount restoredCount
      before { messageHeadline } after { messageHeadline }
    }
    ${PAGE_INFO}
  }
}`;

const COLUMNS = [
  { title: "NOTICED", of: (row: Rewrite) => dateOf(row.detectedAt) },
  { title: "BEFORE", of: (row: Rewrite) => row.beforeOid.slice(0, 7) },
  { title: "AFTER", of: (row: Rewrite) => row.afterOid.slice(0, 7) },
  { title: "LEFT", of: (row: Rewrite) => row.orphanedCount },
  { title: "BACK", of: (row: Rewrite) => row.restoredCount },
  { title: "HEAD NOW", of: ({ after }: Rewrite) => after?.messageHeadline ?? null, isExtra: true },
];
const LIMIT_DEFAULT = 20;

export function rewritesCommand({ server, output }: Tools) {
  return new Command("rewrites")
    .description(
      "Lists a repository's force pushes: heads before and after, commits left behind and back again.",
    )
    .argument("<repository>", "owner/name, or an id")
    .option("--limit <count>", "at most so many", parseLimit, LIMIT_DEFAULT)
    .action(async (repository, { limit }) => {
      const readPage = async (place: object) => {
        const variables = { ...place, repository };
        const answer = await server().ask<{ historyRewrites: Page<Rewrite> }>(REWRITES, variables);
        return answer.historyRewrites;
      };
      const whenEmpty = "No rewrite of its history was noticed.";
      await showPages(output, readPage, { columns: COLUMNS, whenEmpty, limit });
    });
}
