/** What a check found out. */
export interface Finding {
  readonly level: "ok" | "warn" | "FAIL";
  /** What was checked. */
  readonly subject: string;
  /** What is the case. Holds no secret. */
  readonly message: string;
  /** What to do about it; absent where nothing is. */
  readonly remedy?: string;
}
