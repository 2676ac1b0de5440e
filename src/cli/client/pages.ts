const PAGE_SIZE_MAX = 100;

/** One page of a list, as the API's connections give it. */
export interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** What every list that is read here must select. */
export const PAGE_INFO = "pageInfo { hasNextPage endCursor }";

/** The pages of a list, up to `limit` items, each asked for when the one before is used up. */
export async function* readPages<Node>(
  readPage: (place: { first: number; after: string | null }) => Promise<Page<Node>>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly Node[], void, undefined> {
  let left = limit;
  for (let after: string | null = null; left > 0; ) {
    const page: Page<Node> = await readPage({ first: Math.min(left, PAGE_SIZE_MAX), after });
    yield page.nodes;
    left -= page.nodes.length;
    if (!page.pageInfo.hasNextPage) return;
    after = page.pageInfo.endCursor;
  }
}
