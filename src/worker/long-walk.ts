/** Walking the stored history of a million commits takes its time. */
export const LONG_WALK = { timeoutMs: 5 * 60_000 };
