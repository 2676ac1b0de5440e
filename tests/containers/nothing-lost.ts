import { deepEqual, ok } from "node:assert/strict";
import { eventually } from "../support/eventually.js";
import { revList } from "../support/histories.js";
import type { FaithfulSubscriber } from "./faithful-subscriber.js";

export const RECOVERY_MS_MAX = 90_000;

export type Ask = <T>(query: string, variables?: Readonly<Record<string, unknown>>) => Promise<T>;

interface Page {
  readonly commits: {
    readonly nodes: readonly { readonly oid: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

const COMMITS = `query ($repository: String, $after: String) {
  commits(repository: $repository, first: 100, after: $after) {
    nodes { oid } pageInfo { hasNextPage endCursor }
  }
}`;

export async function readStoredOids(ask: Ask, repository: string): Promise<string[]> {
  const oids: string[] = [];
  for (let after: string | null = null; ; ) {
    const { commits }: Page = await ask<Page>(COMMITS, { repository, after });
    oids.push(...commits.nodes.map(({ oid }) => oid));
    after = commits.pageInfo.endCursor;
    if (!commits.pageInfo.hasNextPage) return oids;
  }
}

/** What git has is stored and announced, each once, in the feed's order. */
export async function expectNothingLost(
  { gitDir, storedOids }: { gitDir: string; storedOids: () => Promise<string[]> },
  { seenAt, sequences, repeated }: FaithfulSubscriber,
): Promise<void> {
  const expected = (await revList(gitDir, "main")).sort();
  await eventually(async () => {
    ok(seenAt.size >= expected.length, `${seenAt.size} of ${expected.length} were announced`);
    ok((await storedOids()).length >= expected.length, "not all are stored");
  }, RECOVERY_MS_MAX);
  deepEqual((await storedOids()).sort(), expected);
  deepEqual([...seenAt.keys()].sort(), expected);
  deepEqual(repeated, []);
  deepEqual(
    sequences,
    sequences.map((_, index) => String(index + 1)),
  );
}
