/** What a process can do; explained in ARCHITECTURE.md. */
export const ROLES = ["api", "scheduler", "worker"] as const;
export type Role = (typeof ROLES)[number];
