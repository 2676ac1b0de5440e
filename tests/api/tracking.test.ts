import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeCursor } from "../../src/domain/cursor.js";
import { readEvents } from "../../src/store/feed/feed-store.js";
import { insertRewrite } from "../../src/store/repositories/rewrite-store.js";
import { eventually } from "../support/eventually.js";
import { ask, post, subscribe } from "../support/graphql-client.js";
import { type ApiEvent, COMMITS_INGESTED } from "../support/tracker-api.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const RESET = `mutation ($repository: String!, $from: DateTime!, $dryRun: Boolean) {
  resetCommitsFrom(repository: $repository, from: $from, dryRun: $dryRun) {
    deletedCount repository { nameWithOwner state commitCount headOid }
  }
}`;
const REMOVE = `mutation ($repository: String!) {
  removeRepository(repository: $repository) { id repository { id state commitCount } nameWithOwner deletedCount }
}`;

describe("changing what is tracked", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it("counts with a dry run, then deletes from a date on and raises the generation", async () => {
    const id = await storeRepository(api.database, "octo", "reset");
    const commits = line(41, 10);
    await storeEvent(api.database, id, commits);
    const from = commits[3]?.committedAt.toISOString();
    const variables = { repository: "octo/reset", from };
    const dry = await ask<{ resetCommitsFrom: unknown }>(api.url, RESET, {
      ...variables,
      dryRun: true,
    });
    expect(dry.resetCommitsFrom).toMatchObject({
      deletedCount: 4,
      repository: { state: "ACTIVE", commitCount: 10 },
    });
    const wet = await ask<{ resetCommitsFrom: unknown }>(api.url, RESET, variables);
    expect(wet.resetCommitsFrom).toEqual({
      deletedCount: 4,
      repository: {
        nameWithOwner: "octo/reset",
        state: "BACKFILLING",
        commitCount: 6,
        headOid: null,
      },
    });
    const row = await api.database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect(row.generation).toBe(1);
    expect(await api.database.primary.commit.count({ where: { repositoryId: id } })).toBe(6);
  });

  it("fills in what was older once the tracking start moves back", async () => {
    const id = await storeRepository(api.database, "octo", "since");
    const commits = line(42, 5);
    const boundary = commits[4]?.oid ?? "";
    await storeEvent(api.database, id, commits.slice(0, 4));
    await api.database.primary.$executeRaw`
      update repository set track_from = '2024-01-01T00:01:00Z', observed_oid = head_oid where id = ${id}`;
    await api.database.primary.passedCommit.create({
      data: {
        ...{ repositoryId: id, oid: Buffer.from(boundary, "hex") },
        ...{ state: "BEYOND", isSeen: false },
      },
    });
    await ask(api.url, RESET, { repository: "octo/since", from: "2023-01-01T00:00:00Z" });
    const row = await api.database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect(row.trackFrom).toEqual(new Date("2023-01-01T00:00:00Z"));
    // From the head on everything is fetched again, what was the boundary included.
    expect(row.frontier.map((oid) => Buffer.from(oid).toString("hex"))).toEqual([commits[0]?.oid]);
    expect(await api.database.primary.commit.count({ where: { repositoryId: id } })).toBe(0);
    expect(await api.database.primary.passedCommit.count({ where: { repositoryId: id } })).toBe(0);
  });

  it("removes a repository with everything of it; the feed keeps its numbers, and the name is free", async () => {
    const id = await storeRepository(api.database, "octo", "gone");
    const sequence = await storeEvent(api.database, id, line(43, 3));
    const { removeRepository } = await ask<{ removeRepository: unknown }>(api.url, REMOVE, {
      repository: "OCTO/gone",
    });
    expect(removeRepository).toEqual({
      id: `RemoveRepositoryPayload:${id}`,
      repository: { id: `Repository:${id}`, state: "REMOVED", commitCount: 0 },
      nameWithOwner: "octo/gone",
      deletedCount: 3,
    });
    const { repository, repositories } = await ask<{
      repository: unknown;
      repositories: { nodes: { nameWithOwner: string }[] };
    }>(
      api.url,
      `{ repository(nameWithOwner: "octo/gone") { id } repositories(first: 100) { nodes { nameWithOwner } } }`,
    );
    expect(repository).toBeNull();
    expect(repositories.nodes.map(({ nameWithOwner }) => nameWithOwner)).not.toContain("octo/gone");
    await using events = subscribe<ApiEvent>(api.url, COMMITS_INGESTED, {
      after: String(sequence - 1n),
    });
    await eventually(() => expect(events.received.length).toBeGreaterThan(0));
    expect(events.received[0]?.commitsIngested).toMatchObject({
      sequence: String(sequence),
      repository: { nameWithOwner: "octo/gone" },
    });
    // A subscriber may be given what an API process had read before; the log itself is empty there.
    const [logged] = (await readEvents(api.database, sequence - 1n, 1)).events;
    expect(logged).toMatchObject({ sequence, commits: [] });
    expect(await storeRepository(api.database, "octo", "gone")).not.toBe(id);
    const again = await post(api.url, REMOVE, { repository: String(id) });
    expect(again.errors?.[0]?.extensions).toMatchObject({ code: "NOT_FOUND", field: "repository" });
  });

  it("lists rewrites of history, the newest first, page by page", async () => {
    const id = await storeRepository(api.database, "octo", "rewrites");
    const oids = line(44, 6).map(({ oid }) => oid);
    for (const [index, beforeOid] of oids.slice(0, 5).entries()) {
      const afterOid = oids[index + 1] ?? "";
      const counts = { orphanedCount: index, restoredCount: 0 };
      await insertRewrite(api.database.primary, {
        repositoryId: id,
        beforeOid,
        afterOid,
        ...counts,
      });
    }
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { historyRewrites }: { historyRewrites: RewritesPage } = await ask(
        api.url,
        `query ($after: String) { historyRewrites(repository: "octo/rewrites", first: 2, after: $after) {
          totalCount nodes { beforeOid afterOid orphanedCount } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      expect(historyRewrites.totalCount).toBe(5);
      seen.push(...historyRewrites.nodes.map(({ beforeOid }) => beforeOid));
      after = historyRewrites.pageInfo.hasNextPage ? historyRewrites.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(oids.slice(0, 5).reverse());
    for (const forged of ["x", encodeCursor(["x"]), encodeCursor([1.5]), encodeCursor([2 ** 40])]) {
      const { errors } = await post(
        api.url,
        `query ($after: String) { historyRewrites(repository: "octo/rewrites", after: $after) { totalCount } }`,
        { after: forged },
      );
      expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "after" });
    }
  });
});

interface RewritesPage {
  readonly totalCount: number;
  readonly nodes: readonly { readonly beforeOid: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
