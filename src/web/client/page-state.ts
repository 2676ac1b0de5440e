export interface Connection<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export interface PageState<Node, Fault = unknown> {
  readonly connection: Connection<Node> | undefined;
  readonly error: Fault | undefined;
}

/**
 * A first page as it is now, above what it was when the pages after it were asked for; null where the
 * two have nothing in common, so that what lies between is not known.
 */
export function withNews<Node extends { id: string }>(
  now: Connection<Node>,
  before: Connection<Node>,
): Connection<Node> | null {
  const ids = new Set(now.nodes.map(({ id }) => id));
  if (!before.nodes.some(({ id }) => ids.has(id))) return null;
  const below = before.nodes.filter(({ id }) => !ids.has(id));
  return { ...now, nodes: [...now.nodes, ...below], pageInfo: before.pageInfo };
}

/** What has moved between two pages while they were asked for is shown once. */
export function distinct<Node extends { id: string }>(
  pages: readonly (PageState<Node> | undefined)[],
): Node[] {
  const byId = new Map<string, Node>();
  for (const page of pages) {
    for (const node of page?.connection?.nodes ?? []) {
      if (!byId.has(node.id)) byId.set(node.id, node);
    }
  }
  return [...byId.values()];
}
