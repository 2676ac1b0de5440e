import { TrackerError } from "./errors.js";
import { isRepositoryName, nameKey, type RepositoryName } from "./repository-name.js";

/**
 * Which repositories a key is limited to: all of some owners, and some by name. What counts is the
 * name that a repository has now, as GitHub was last heard to say: one that is transferred or renamed
 * comes in or goes out with it, and former names decide nothing.
 */
export interface RepositoryScope {
  /** As they are kept. Equal texts mean equal scopes. */
  readonly text: string;
  /** All of whose repositories are in it, in lower case. */
  readonly owners: ReadonlySet<string>;
  /** `owner/name` in lower case. */
  readonly names: ReadonlySet<string>;
}

/** Stands for every repository. A list without it is a limit, also when it is empty. */
const ALL = "*/*";
const PATTERNS_MAX = 100;

/**
 * Patterns as they are kept, in lower case, each once, sorted. `BAD_USER_INPUT` for what is neither
 * `owner/*` nor `owner/name`, for too many, and for none.
 */
export function parsePatterns(patterns: readonly string[]): string[] {
  const parsed = [...new Set(patterns.map(parsePattern))].sort();
  if (parsed.includes(ALL)) return [ALL];
  if (parsed.length > 0 && parsed.length <= PATTERNS_MAX) return parsed;
  throw new TrackerError("BAD_USER_INPUT", `A key has 1 to ${PATTERNS_MAX} patterns.`, {
    field: "repositories",
  });
}

function parsePattern(pattern: string): string {
  const [owner = "", name = "", ...rest] = pattern.trim().toLowerCase().split("/");
  const isAll = owner === "*" && name === "*";
  const isPattern = isRepositoryName({ owner, name: name === "*" ? "any" : name });
  if (rest.length === 0 && (isAll || isPattern)) return `${owner}/${name}`;
  throw new TrackerError(
    "BAD_USER_INPUT",
    "A pattern is `owner/*`, for all that an owner has, or `owner/name`.",
    { field: "repositories" },
  );
}

/** Of patterns as they are kept. Null: every repository. */
export function scopeOf(patterns: readonly string[]): RepositoryScope | null {
  if (patterns.includes(ALL)) return null;
  const isOwner = (pattern: string) => pattern.endsWith("/*");
  return {
    text: patterns.join(" "),
    owners: new Set(patterns.filter(isOwner).map((pattern) => pattern.slice(0, -"/*".length))),
    names: new Set(patterns.filter((pattern) => !isOwner(pattern))),
  };
}

/** The one rule; in the database it is `visible-repositories.ts`. */
export function isVisible(
  { owners, names }: RepositoryScope,
  { owner, name }: RepositoryName,
): boolean {
  return owners.has(owner.toLowerCase()) || names.has(nameKey({ owner, name }));
}

/** Whether all of an owner's repositories are in it, those to come too. */
export function isOwnerVisible({ owners }: RepositoryScope, owner: string): boolean {
  return owners.has(owner.toLowerCase());
}
