import { expect } from "vitest";
import type { Database } from "../../src/postgres/database.js";
import { checkHistory } from "../../src/store/work/history-check.js";
import { readFeed } from "./feed.js";
import { revList } from "./histories.js";

/**
 * What is stored of a repository is what git says that its head leads to, no commit is told twice by the
 * feed and none left out, and each commit's parents are there.
 */
export async function expectExact(
  database: Database,
  { id, gitDir, head }: { id: number; gitDir: string; head: string },
): Promise<void> {
  const expected = (await revList(gitDir, head)).sort();
  const rows = await database.primary.commit.findMany({
    where: { repositoryId: id, reachable: true },
    select: { oid: true },
  });
  expect(rows.map(({ oid }) => Buffer.from(oid).toString("hex")).sort()).toEqual(expected);
  const events = await readFeed(database);
  const told = events
    .filter(({ repository }) => repository.id === id)
    .flatMap(({ commits }) => commits.map(({ oid }) => oid));
  expect(new Set(told).size).toBe(told.length);
  expect(told.sort()).toEqual(expected);
  const { commitCount } = await database.primary.repository.findUniqueOrThrow({ where: { id } });
  expect(commitCount).toBe(expected.length);
  expect(await checkHistory(database.primary, id, head)).toEqual({
    ...{ reachableCount: expected.length, misplacedCount: 0, openOids: [] },
  });
}
