import { readFileSync } from "node:fs";
import { join } from "node:path";

const OID = /^(?:[\da-f]{40}|[\da-f]{64})$/;
const SYMBOLIC_DEPTH_MAX = 5;

/**
 * Refs are read from git's own files (`<ref>`, then `packed-refs`), synchronously: some 20 µs each,
 * where a git process takes milliseconds and a hundred repositories are asked for in one query.
 */
export interface GitRef {
  /** Like `refs/heads/main`. */
  readonly qualifiedName: string;
  readonly oid: string;
}

/** The branch that HEAD names, whether it exists or not. */
export function readDefaultBranch(gitDir: string): string {
  const head = readText(join(gitDir, "HEAD")) ?? "";
  return /^ref: refs\/heads\/(.+)$/.exec(head.trim())?.[1] ?? "main";
}

/** Tries the full name first, then a branch and a tag of that name. */
export function findRef(gitDir: string, name: string): GitRef | null {
  if (!isRefName(name)) return null;
  for (const qualifiedName of [name, `refs/heads/${name}`, `refs/tags/${name}`]) {
    const oid = qualifiedName.startsWith("refs/") ? readRef(gitDir, qualifiedName) : null;
    if (oid !== null) return { qualifiedName, oid };
  }
  return null;
}

function readRef(gitDir: string, qualifiedName: string, depth = 0): string | null {
  const loose = readText(join(gitDir, qualifiedName))?.trim();
  const target = loose !== undefined && /^ref: (.+)$/.exec(loose)?.[1];
  if (target && depth < SYMBOLIC_DEPTH_MAX) return readRef(gitDir, target, depth + 1);
  if (loose !== undefined && OID.test(loose)) return loose;
  const packed = readText(join(gitDir, "packed-refs"));
  if (packed === undefined) return null;
  for (const line of packed.split("\n")) {
    if (line.endsWith(` ${qualifiedName}`)) return line.slice(0, line.indexOf(" "));
  }
  return null;
}

/** Keeps names inside the repository's own folder, as git's own rules do. */
function isRefName(name: string): boolean {
  return name !== "" && !/\.\.|^\/|\/$|[\0-\x20\x7f~^:?*[\\]/.test(name);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // absent, or a folder of refs of that name
  }
}
