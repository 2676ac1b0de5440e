import { askUntil, PATIENCE_SECONDS } from "../patience.js";
import type { Tools } from "../tools.js";
import { EXPORTED_FIELDS, type Exported } from "./commit-record.js";
import type { ExportTotal } from "./export-progress.js";

const PAGE_SIZE = 100;
const PAGE = `query (
  $repository: String, $filter: CommitFilter, $after: String, $first: Int!, $isFirst: Boolean!
) {
  commits(
    repository: $repository, filter: $filter, after: $after, first: $first
    orderBy: { field: SEQUENCE, direction: ASC }
  ) {
    edges { cursor node { ${EXPORTED_FIELDS} } }
    pageInfo { hasNextPage }
    totalCount @include(if: $isFirst)
    totalCountIsExact @include(if: $isFirst)
  }
}`;

interface Answer {
  readonly commits: {
    readonly edges: readonly Exported[];
    readonly pageInfo: { readonly hasNextPage: boolean };
    readonly totalCount?: number;
    readonly totalCountIsExact?: boolean;
  };
}

export interface CommitPage {
  readonly commits: readonly Exported[];
  /** With the first page. */
  readonly total: ExportTotal | null;
}

interface Wanted {
  readonly repository: string | undefined;
  readonly filter: Readonly<Record<string, unknown>>;
  readonly after: string | null;
}

/**
 * Commits in the order in which they were stored, which no later one changes: what comes after a cursor
 * is what did not come before it. A server that goes away between two pages is waited for; null where
 * that takes too long.
 */
export async function* readCommitPages(
  { server, output }: Tools,
  { repository, filter, after: start }: Wanted,
): AsyncGenerator<CommitPage | null, void, undefined> {
  let after = start;
  const ask = (isFirst: boolean) => {
    const variables = { repository, filter, after, first: PAGE_SIZE, isFirst };
    return server().ask<Answer>(PAGE, variables);
  };
  for (let isFirst = true; ; isFirst = false) {
    const answer = isFirst
      ? await ask(true)
      : await askUntil(
          () => ask(false),
          () => true,
          { timeoutMs: PATIENCE_SECONDS * 1_000, output },
        );
    if (answer === null) return yield null;
    const { edges, pageInfo, totalCount: count, totalCountIsExact } = answer.commits;
    const isExact = totalCountIsExact === true;
    yield { commits: edges, total: count === undefined ? null : { count, isExact } };
    after = edges.at(-1)?.cursor ?? after;
    if (!pageInfo.hasNextPage) return;
  }
}
