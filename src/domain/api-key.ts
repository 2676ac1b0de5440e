import { TrackerError } from "./errors.js";

/**
 * Each may do what those before it may. A reader queries, subscribes, and waits for commits; an operator
 * adds repositories and has the tracker work on them; a writer also takes away what is stored.
 */
export const API_ROLES = ["READER", "OPERATOR", "WRITER"] as const;

export type ApiRole = (typeof API_ROLES)[number];

/** Whether a role may do what takes at least another. */
export function isRoleEnough(role: ApiRole, least: ApiRole): boolean {
  return API_ROLES.indexOf(role) >= API_ROLES.indexOf(least);
}

/** What is kept of a key: all but its secret. */
export interface ApiKey {
  readonly id: number;
  /** For people; not unique. */
  readonly name: string;
  readonly role: ApiRole;
  /** What it is limited to, as `parsePatterns` gives it; a star for owner and name: nothing. */
  readonly repositories: readonly string[];
  /** How the secret begins. */
  readonly prefix: string;
  readonly createdAt: Date;
  /** To a minute. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface RevokedKey {
  readonly key: ApiKey;
  /** False when it was revoked already: it stays as it is. */
  readonly changed: boolean;
}

/** Begins every secret, so that a log or a scanner knows one when it sees one. */
export const SECRET_PREFIX = "ghct_";
const SECRET = /^ghct_[0-9a-f]{40}$/;
const NAME_CHARS_MAX = 100;

/** Whether it can be a secret at all: what cannot is not worth a question to the database. */
export function isApiSecret(text: string): boolean {
  return SECRET.test(text);
}

/** The name, trimmed. `BAD_USER_INPUT` for one that a list cannot show on a line. */
export function parseKeyName(name: string): string {
  const trimmed = name.trim();
  if (/^\P{C}+$/u.test(trimmed) && trimmed.length <= NAME_CHARS_MAX) return trimmed;
  throw new TrackerError(
    "BAD_USER_INPUT",
    `A key's name has 1 to ${NAME_CHARS_MAX} characters, none of them a control character.`,
    { field: "name" },
  );
}
