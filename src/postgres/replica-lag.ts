/** How far a server has come: what a replica has replayed, what the primary has written. */
export interface Position {
  /** Null where the server does not tell, as some hosted replicas do not. */
  readonly lsn: bigint | null;
  /** Of the feed, as a query there sees it. */
  readonly sequence: bigint;
}

/** What the primary had written by when. */
export interface Milestone {
  readonly position: Position;
  readonly at: number;
}

/**
 * How long a replica has been without something that the primary has: zero when it has all of it,
 * infinite when it has less than the oldest milestone. The age of its last transaction would not tell:
 * that grows too while nobody writes. Milestones are in the order of time.
 */
export function lagMs(replica: Position, milestones: readonly Milestone[], now: number): number {
  const [oldest] = milestones;
  if (oldest === undefined || !hasReached(replica, oldest.position))
    return Number.POSITIVE_INFINITY;
  const missing = milestones.find(({ position }) => !hasReached(replica, position));
  return missing === undefined ? 0 : now - missing.at;
}

function hasReached(replica: Position, { lsn, sequence }: Position): boolean {
  const isReplayed = replica.lsn === null || lsn === null || replica.lsn >= lsn;
  return isReplayed && replica.sequence >= sequence;
}
