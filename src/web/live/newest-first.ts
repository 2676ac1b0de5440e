interface Dated {
  readonly committedAt: string;
}

export interface Reached<Node> {
  /** Newest first. */
  readonly nodes: readonly Node[];
  /** Whether older ones are known to exist or were not asked for yet. */
  readonly hasMore: boolean;
}

/**
 * Lists as one, newest first, down to where each of them reaches: below that, what is not known yet of
 * one may belong between what is known of another.
 */
export function newestFirst<Node extends Dated>(lists: readonly Reached<Node>[]): readonly Node[] {
  const [only] = lists;
  if (only !== undefined && lists.length === 1) return only.nodes;
  const bottom = Math.max(Number.NEGATIVE_INFINITY, ...lists.map(bottomOf));
  return lists
    .flatMap(({ nodes }) => nodes)
    .map((node) => ({ node, at: timeOf(node) }))
    .filter(({ at }) => at >= bottom)
    .sort((one, other) => other.at - one.at)
    .map(({ node }) => node);
}

/** Which of them have to reach further for more of all to be shown. */
export function shortest<Node extends Dated, List extends Reached<Node>>(
  lists: readonly List[],
): readonly List[] {
  const bottom = Math.max(...lists.map(bottomOf));
  return lists.filter((list) => list.hasMore && bottomOf(list) === bottom);
}

/** Down to when all of a list is known. */
function bottomOf<Node extends Dated>({ nodes, hasMore }: Reached<Node>): number {
  const last = nodes.at(-1);
  if (!hasMore) return Number.NEGATIVE_INFINITY;
  return last === undefined ? Number.POSITIVE_INFINITY : timeOf(last);
}

const timeOf = ({ committedAt }: Dated): number => Date.parse(committedAt);
