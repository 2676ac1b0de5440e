/** GitHub may tell of a push before the head shows it; after so long the head is sure to. */
const SETTLED_MS = 60_000;
/** Two pushes of one second look alike. */
const SECOND_MS = 1_000;
/** Looked at again when it is so many times as old as it was at the look before. */
const GROWTH = 3;

/** What the last look at a head has shown. */
export interface LastLook {
  /** When GitHub said it was last pushed to. */
  readonly pushedAt: Date | null;
  readonly lookedAt: Date | null;
}

/**
 * Whether the head that was looked at holds the push that GitHub tells of now, as far as a glance can say.
 * A push that was still young then is looked at again, ever more rarely: some four times in its first
 * minute, however often it is glanced at.
 */
export function isPushSeen(last: LastLook, toldPushedAt: Date | null, nowMs: number): boolean {
  if (last.pushedAt?.getTime() !== toldPushedAt?.getTime()) return false;
  if (toldPushedAt === null || last.lookedAt === null) return true;
  const pushedMs = toldPushedAt.getTime();
  const ageAtLookMs = Math.max(0, last.lookedAt.getTime() - pushedMs);
  return ageAtLookMs >= SETTLED_MS || nowMs - pushedMs < Math.max(SECOND_MS, GROWTH * ageAtLookMs);
}
