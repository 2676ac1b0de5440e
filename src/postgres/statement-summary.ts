import { LRUCache } from "lru-cache";

/** Texts whose summaries are remembered. */
const TEXTS_MAX = 2_000;
/** What one statement does, at most so much of it is told. */
const PARTS_MAX = 3;

const CTE =
  /(?:\bwith(?:\s+recursive)?|,)\s*"?(\w+)"?\s*(?:\([^()]*\)\s*)?as\s+(?:(?:not\s+)?materialized\s+)?\(/gi;
const WRITE =
  /\b(insert\s+into|(?<!\bfor\s+(?:no\s+key\s+)?)(?<!\bdo\s+)update|delete\s+from)\s+(?:only\s+)?("?public"?\.)?"?(\w+)"?/gi;
const READ =
  /(?<!\bdistinct\s+)\b(?:from|join)\s+("?public"?\.)?"?([a-z_]\w*)"?(?!\s*[([]|\w|\.)/gi;
const LOCKS = /\bfor\s+(?:no\s+key\s+)?update\b(?!\s+(?:of\s+\w+\s+)?skip\s+locked)/i;

/**
 * What a statement does to which tables, in a few words that are the same whatever its values:
 * `UPDATE work`, `SELECT repository FOR UPDATE`. What `db.query.summary` is in OpenTelemetry.
 */
export function summarise(text: string): string {
  const named = new Set(Array.from(text.matchAll(CTE), ([, name = ""]) => name.toLowerCase()));
  const isTable = (schema: string | undefined, name: string) =>
    schema !== undefined || !named.has(name.toLowerCase());
  const writes = Array.from(text.matchAll(WRITE))
    .filter(([, , schema, name = ""]) => isTable(schema, name))
    .map(([, verb = "", , name = ""]) => `${verb.split(/\s/, 1)[0]?.toUpperCase()} ${name}`);
  if (writes.length > 0) return [...new Set(writes)].slice(0, PARTS_MAX).join(" ");
  const readOf = (part: string) =>
    Array.from(part.matchAll(READ)).find(([, schema, name = ""]) => isTable(schema, name));
  const read = readOf(withoutInner(text)) ?? readOf(text);
  const verb = /[a-z]+/i.exec(text)?.[0].toUpperCase() ?? "";
  if (verb !== "SELECT" && verb !== "WITH") return verb;
  const lock = LOCKS.test(text) ? " FOR UPDATE" : "";
  return `SELECT${read === undefined ? "" : ` ${read[2]}`}${lock}`;
}

/** What stands in no parentheses: of a statement what it is about, before what it looks up on the way. */
function withoutInner(text: string): string {
  const outer = text.replace(/\([^()]*\)/g, "[]");
  return outer === text ? text : withoutInner(outer);
}

const known = new LRUCache<string, string>({ max: TEXTS_MAX, memoMethod: summarise });

/** The same, made once for each text. */
export function statementSummary(text: string): string {
  return known.memo(text);
}
