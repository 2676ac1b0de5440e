import { statementsOf } from "./sql-statements.js";

/** They grow with the commits of all repositories: to rewrite one takes minutes a million. */
const LARGE_TABLES =
  "commit|feed_event|feed_author|author|contributor|contribution|word_segment|word_event|word_posting";
const LARGE = `(?:only\\s+)?(?:"?public"?\\s*\\.\\s*)?"?(?:${LARGE_TABLES})"?(?!["\\w])`;
const OF_LARGE_TABLE = new RegExp(`^alter\\s+table\\s+(?:if\\s+exists\\s+)?${LARGE}`, "i");

const NOT_ATOMIC =
  /^(?:begin|start\s+transaction|commit|end|rollback|abort|savepoint|release|prepare\s+transaction|vacuum|alter\s+system)\b|\bconcurrently\b/i;
const REWRITES = [
  new RegExp(`\\b(?:update|delete\\s+from|merge\\s+into)\\s+${LARGE}`, "i"),
  new RegExp(`\\binsert\\s+into\\s+${LARGE}[^;]*?\\bselect\\b`, "i"),
  new RegExp(`^cluster\\b.*${LARGE}`, "i"),
];
/** Reads every row while nobody else may read one. */
const SCANNING_CHANGES = /\balter\s+(?:column\s+)?\S+\s+set\s+not\s+null\b/i;
/** Each has PostgreSQL write every row anew. */
const REWRITING_CHANGES =
  /\bgenerated\s+always\s+as\s*\([\s\S]*\)\s*stored\b|\bgenerated\s+(?:always|by\s+default)\s+as\s+identity\b|\balter\s+(?:column\s+)?\S+\s+(?:set\s+data\s+)?type\b|\badd\s+(?:column\s+)?\S+\s+(?:small|big)?serial\b|\bset\s+(?:logged|unlogged|tablespace|access\s+method)\b/i;

/**
 * What a migration must not do, a line each: what cannot be undone with the rest of it, and, when
 * there may be data (`isFirst` false), what takes as long as a large table is large.
 */
export function faultsOf(sql: string, { isFirst }: { isFirst: boolean }): string[] {
  return statementsOf(sql).flatMap((statement) => {
    const begins = statement.replace(/\s+/g, " ").slice(0, 80);
    if (NOT_ATOMIC.test(withoutLiterals(statement))) {
      return `a migration is one transaction, which cannot hold: ${begins}`;
    }
    if (isFirst) return [];
    const large = `a large table (${LARGE_TABLES.replaceAll("|", ", ")}): ${begins}`;
    if (isRewrite(statement)) {
      return `rewrites ${large}\n    Add a column that may be null and let background work fill it, a batch a transaction, with the system up (docs/decisions/0015).`;
    }
    if (!isChangeOfLarge(statement, SCANNING_CHANGES)) return [];
    return `reads all of ${large}\n    Leave the column without NOT NULL, or add a CHECK that is NOT VALID (docs/decisions/0015).`;
  });
}

function isRewrite(statement: string): boolean {
  // The body of a function is not run here, that of a DO is.
  const text = /^do\b/i.test(statement) ? statement : withoutLiterals(statement);
  if (REWRITES.some((pattern) => pattern.test(text))) return true;
  return isChangeOfLarge(statement, REWRITING_CHANGES);
}

function isChangeOfLarge(statement: string, change: RegExp): boolean {
  const text = withoutLiterals(statement);
  return OF_LARGE_TABLE.test(text) && change.test(text);
}

function withoutLiterals(statement: string): string {
  return statement.replace(/(\$\w*\$)[\s\S]*?\1|'(?:''|[^'])*'/g, "''");
}
