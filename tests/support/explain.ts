import pg from "pg";
import type { Database, Transaction } from "../../src/postgres/database.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import type { StatementReader } from "../../src/postgres/reader.js";
import type { Statement } from "../../src/postgres/statement.js";

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows"?: number;
  readonly "Actual Loops"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Whatever a function of the store sends its one query by. */
export type AnyReader = Transaction & StatementReader;
type Query = (reader: AnyReader) => Promise<unknown>;

/**
 * PostgreSQL's plan for the one query that a function of the store sends, with the same values: each
 * node's name with its index or table, from the top. The query itself is not carried out.
 */
export async function explain(database: Database, query: Query): Promise<string[]> {
  return namesOf(await planOf(database, query, "format json"));
}

/** How many rows of a table, or entries of its indexes, such a query looks at when it is carried out. */
export async function countRowsRead(
  database: Database,
  table: string,
  query: Query,
): Promise<number> {
  return rowsOf(await planOf(database, query, "analyze, format json"), table);
}

interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
  /** As the read path's connections plan: whatever the values. */
  readonly isGeneric: boolean;
}

async function planOf(database: Database, query: Query, options: string): Promise<PlanNode> {
  const { text, values, isGeneric } = await sentBy(query);
  const rows = await database.transaction(async (tx) => {
    if (!isGeneric) {
      return await tx.$queryRawUnsafe<Planned[]>(`explain (${options}) ${text}`, ...values);
    }
    await tx.$executeRaw`set local plan_cache_mode = force_generic_plan`;
    await tx.$executeRawUnsafe(`prepare explained as ${text}`);
    const given = values.length === 0 ? "" : `(${values.map(literal).join()})`;
    const found = await tx.$queryRawUnsafe<Planned[]>(
      `explain (${options}) execute explained${given}`,
    );
    await tx.$executeRaw`deallocate explained`;
    return found;
  });
  const top = rows[0]?.["QUERY PLAN"][0]?.Plan;
  if (top === undefined) throw new Error("there is no plan");
  return top;
}

interface Planned {
  readonly "QUERY PLAN": { Plan: PlanNode }[];
}

async function sentBy(query: Query): Promise<Sent> {
  let sent: Sent | undefined;
  const take = (text: string, values: readonly unknown[], isGeneric: boolean) => {
    if (sent !== undefined) throw new Error("it sends more than one query");
    sent = { text, values, isGeneric };
    return [];
  };
  const reader = {
    $queryRaw: async (parts: readonly string[], ...values: unknown[]) => {
      const sql = Prisma.sql(parts, ...values);
      return take(sql.text, sql.values, false);
    },
    query: async ({ text, values }: Statement) => take(text, values, true),
  };
  await query(reader as unknown as AnyReader).catch((error: unknown) => {
    if (sent === undefined) throw error; // it may have expected rows
  });
  if (sent === undefined) throw new Error("it sends no query");
  return sent;
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value) && value.length === 0) return "'{}'";
  if (Array.isArray(value)) return `array[${value.map(literal).join()}]`;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return pg.escapeLiteral(value instanceof Date ? value.toISOString() : String(value));
}

function rowsOf(node: PlanNode, table: string): number {
  const found =
    (node["Actual Rows"] ?? 0) +
    (node["Rows Removed by Filter"] ?? 0) +
    (node["Rows Removed by Index Recheck"] ?? 0);
  const own = node["Relation Name"] === table ? found * (node["Actual Loops"] ?? 0) : 0;
  return (node.Plans ?? []).reduce((total, inner) => total + rowsOf(inner, table), own);
}

function namesOf(node: PlanNode): string[] {
  const on = node["Index Name"] ?? node["Relation Name"];
  const name = on === undefined ? node["Node Type"] : `${node["Node Type"]} (${on})`;
  return [name, ...(node.Plans ?? []).flatMap(namesOf)];
}
