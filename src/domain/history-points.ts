const COMMITS_PER_POINT = 100;
/**
 * What a commit takes on GitHub's disks, all files included: a few KiB in most repositories of code,
 * and many times that where pictures or builds are kept.
 */
const KIB_PER_COMMIT = 5;

/**
 * Points that a first history may cost, guessed from the repository's size: a point for each hundred
 * commits, and one at least. Right to an order of magnitude. To count the commits GitHub would walk
 * each history, which takes it longer than all that is asked for here.
 */
export function guessHistoryPoints(diskKiB: number | null): number {
  return Math.max(1, Math.ceil((diskKiB ?? 0) / KIB_PER_COMMIT / COMMITS_PER_POINT));
}
