/** What a tracker knows of the newest commit of each repository: its date, by repository. */
export type LastCommitAt = Readonly<Float64Array>;

/** Decides when to check which repository again, from what it has seen. Times are milliseconds. */
export interface Policy {
  readonly name: string;
  /** Whether it was given the budget, or makes as many calls as its rule says. */
  readonly isBudgeted: boolean;
  /** A check brought commits of these dates; the first history of a repository comes the same way. */
  found(repository: number, dates: readonly number[], now: number): void;
  /** Called every five virtual minutes, to meet the budget of checks. */
  retune(now: number, checksPerSecond: number): void;
  intervalMs(repository: number, now: number): number;
}
