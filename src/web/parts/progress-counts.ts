interface Coming {
  readonly commitCount: number;
  readonly completeness: { readonly expectedCount: number | null };
  readonly backfill: { readonly doneCount: number; readonly leftCount: number | null } | null;
}

/**
 * How far a history is; total: null until it is known. What is stored already stays done where the way
 * it comes in changes, and it is gone through from its beginning again.
 */
export function progressCounts({
  backfill,
  commitCount,
  completeness: { expectedCount },
}: Coming): {
  readonly done: number;
  readonly total: number | null;
} {
  const leftCount = backfill?.leftCount ?? null;
  if (expectedCount !== null) {
    return { done: Math.max(commitCount, backfill?.doneCount ?? 0), total: expectedCount };
  }
  if (!backfill || leftCount === null) return { done: commitCount, total: null };
  return { done: backfill.doneCount, total: backfill.doneCount + leftCount };
}
