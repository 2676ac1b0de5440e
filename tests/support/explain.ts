import type { Database, Transaction } from "../../src/store/database.js";
import { Prisma } from "../../src/store/prisma-client/client.js";

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

/**
 * PostgreSQL's plan for the one query that a function of the store sends, with the same values: each
 * node's name with its index or table, from the top. The query itself is not carried out.
 */
export async function explain(
  database: Database,
  query: (tx: Transaction) => Promise<unknown>,
): Promise<string[]> {
  return namesOf(await planOf(database, query, "format json"));
}

/** How many rows of a table, or entries of its indexes, such a query looks at when it is carried out. */
export async function countRowsRead(
  database: Database,
  table: string,
  query: (tx: Transaction) => Promise<unknown>,
): Promise<number> {
  return rowsOf(await planOf(database, query, "analyze, format json"), table);
}

async function planOf(
  { primary }: Database,
  query: (tx: Transaction) => Promise<unknown>,
  options: string,
): Promise<PlanNode> {
  let sent: Prisma.Sql | undefined;
  const $queryRaw = async (parts: readonly string[], ...values: unknown[]) => {
    if (sent !== undefined) throw new Error("it sends more than one query");
    sent = Prisma.sql(parts, ...values);
    return [];
  };
  await query({ $queryRaw } as unknown as Transaction).catch((error: unknown) => {
    if (sent === undefined) throw error; // it may have expected rows
  });
  if (sent === undefined) throw new Error("it sends no query");
  const [row] = await primary.$queryRawUnsafe<{ "QUERY PLAN": { Plan: PlanNode }[] }[]>(
    `explain (${options}) ${sent.text}`,
    ...sent.values,
  );
  const top = row?.["QUERY PLAN"][0]?.Plan;
  if (top === undefined) throw new Error("there is no plan");
  return top;
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
