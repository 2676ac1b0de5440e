import type { Database, Transaction } from "../../src/store/database.js";
import { Prisma } from "../../src/store/prisma-client/client.js";

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

/**
 * PostgreSQL's plan for the one query that a function of the store sends, with the same values: each
 * node's name with its index or table, from the top. The query itself is not carried out.
 */
export async function explain(
  { primary }: Database,
  query: (tx: Transaction) => Promise<unknown>,
): Promise<string[]> {
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
    `explain (format json) ${sent.text}`,
    ...sent.values,
  );
  const top = row?.["QUERY PLAN"][0]?.Plan;
  if (top === undefined) throw new Error("there is no plan");
  return namesOf(top);
}

function namesOf(node: PlanNode): string[] {
  const on = node["Index Name"] ?? node["Relation Name"];
  const name = on === undefined ? node["Node Type"] : `${node["Node Type"]} (${on})`;
  return [name, ...(node.Plans ?? []).flatMap(namesOf)];
}
