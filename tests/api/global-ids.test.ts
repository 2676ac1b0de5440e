import { getNamedType, isObjectType } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperationApis } from "../../src/api/execution/operation-api.js";
import { createSchema } from "../../src/api/schema/schema.js";
import { parkRepository } from "../../src/store/repositories/failure-store.js";
import { saveListedPage } from "../../src/store/work/listing-store.js";
import { countReads } from "../support/counted-reads.js";
import { eventually } from "../support/eventually.js";
import { ask, post, subscribe } from "../support/graphql-client.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const NODES = `query ($ids: [ID!]!) { nodes(ids: $ids) {
  __typename id ... on Repository { nameWithOwner } ... on Commit { oid }
  ... on FailedTask { repository { nameWithOwner } } } }`;

/** Each repository is in a database of its own, so that the numbers in ids of all kinds are the same. */
describe("ids", () => {
  const reads = countReads();
  let api: TestApi;
  let number: number;
  const [newest] = line(61, 3);
  const oid = newest?.oid ?? "";

  beforeAll(async () => {
    api = await startTestApi({ database: reads.watch });
    number = await storeRepository(api.database, "octo", "one");
    await storeEvent(api.database, number, line(61, 3));
    await storeRepository(api.database, "octo", "two");
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const park = () =>
    api.database.transaction((tx) =>
      parkRepository(tx, "check", number, { reason: "no luck", context: {} }),
    );
  const nodes = async (ids: readonly string[]) =>
    (await ask<{ nodes: ({ __typename: string; id: string } | null)[] }>(api.url, NODES, { ids }))
      .nodes;

  /** A worker that is through with the listing, which it gives the number of the repository. */
  async function listed(): Promise<unknown> {
    const answer = ask(api.url, `mutation { addOwner(login: "octo", dryRun: true) { id } }`);
    const { primary } = api.database;
    const { id } = await eventually(() => primary.ownerListing.findFirstOrThrow());
    await saveListedPage(primary, id, {
      ...{ login: "octo", totalCount: 0, hiddenCount: 0, repositories: [], addedCount: 0 },
      ...{ points: 0, next: null },
    });
    await primary.ownerListing.update({ where: { id }, data: { finishedAt: new Date() } });
    return await answer;
  }

  /** What has an id, by its type. */
  const GIVEN: Readonly<Record<string, () => Promise<unknown>>> = {
    Repository: () => ask(api.url, "{ repositories { nodes { id } } }"),
    Commit: () => ask(api.url, "{ commits { nodes { id } } }"),
    FailedTask: async () => {
      await park();
      return await ask(api.url, "{ failedTasks { nodes { id } } }");
    },
    AddOwnerPayload: listed,
    RemoveRepositoryPayload: async () => {
      const id = await storeRepository(api.database, "octo", "gone");
      return await ask(api.url, `mutation { removeRepository(repository: "${id}") { id } }`);
    },
  };

  it("are shared by no two types of the whole schema", async () => {
    const schema = await createSchema({} as OperationApis);
    const withId = Object.values(schema.getTypeMap()).filter(
      (type) => isObjectType(type) && !type.name.startsWith("__") && "id" in type.getFields(),
    );
    expect(withId.map(({ name }) => name).sort()).toEqual(Object.keys(GIVEN).sort());
    const typeOf = new Map<string, string>();
    for (const [type, give] of Object.entries(GIVEN)) {
      const ids = [...JSON.stringify(await give()).matchAll(/"id":"([^"]*)"/g)].map(([, id]) => id);
      expect(ids.length).toBeGreaterThan(0);
      for (const id of ids) {
        expect(typeOf.get(id ?? "") ?? type).toBe(type);
        typeOf.set(id ?? "", type);
        expect(id).toMatch(new RegExp(`^${type}:`));
      }
    }
    const keys = [...typeOf.keys()].map((id) => id.slice(id.indexOf(":") + 1));
    expect(new Set(keys).size).toBeLessThan(keys.length); // only the type tells them apart
  });

  it("find what has them, however many are asked for, in their order, by a query a type", async () => {
    await park();
    const ids = [
      ...["Nothing:1", `FailedTask:${number}`, `Commit:${number}:${oid}`, `Repository:${number}`],
      ...[
        "999999",
        String(number),
        `${number}:${oid}`,
        "Repository:999999",
        `Repository:${number}`,
      ],
      ...[`Commit:${number}:${"0".repeat(40)}`, "FailedTask:999999", `AddOwnerPayload:${number}`],
    ];
    await nodes(ids);
    reads.count();
    const found = await nodes(ids);
    expect(reads.count()).toBe(3);
    const repository = {
      ...{ __typename: "Repository", id: `Repository:${number}`, nameWithOwner: "octo/one" },
    };
    const commit = { __typename: "Commit", id: `Commit:${number}:${oid}`, oid };
    const failed = {
      ...{ __typename: "FailedTask", id: `FailedTask:${number}` },
      repository: { nameWithOwner: "octo/one" },
    };
    expect(found).toEqual([
      ...[null, failed, commit, repository],
      ...[null, repository, commit, null, repository],
      ...[null, null, null],
    ]);
    const one = await ask(api.url, "query ($id: ID!) { node(id: $id) { id } }", { id: ids[1] });
    expect(one).toEqual({ node: { id: failed.id } });
  });

  it("are taken a hundred at once, and no more", async () => {
    const ids = Array.from({ length: 101 }, () => `Repository:${number}`);
    expect(new Set((await nodes(ids.slice(1))).map((one) => one?.id))).toEqual(new Set([ids[0]]));
    const { errors } = await post(api.url, NODES, { ids });
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "ids" });
    expect(await nodes([])).toEqual([]);
  });

  it("of what was removed find nothing", async () => {
    const id = await storeRepository(api.database, "octo", "leaving");
    const [commit] = line(62, 1);
    await storeEvent(api.database, id, line(62, 1));
    const ids = [`Repository:${id}`, `Commit:${id}:${commit?.oid}`];
    expect((await nodes(ids)).map((one) => one?.id)).toEqual(ids);
    await ask(api.url, `mutation { removeRepository(repository: "${ids[0]}") { deletedCount } }`);
    expect(await nodes(ids)).toEqual([null, null]);
    const list = "{ repositories(filter: { states: [REMOVED] }) { totalCount nodes { id } } }";
    expect(await ask(api.url, list)).toEqual({ repositories: { totalCount: 0, nodes: [] } });
  });

  /** Operations in which `$id` is a repository's. */
  const TAKING: Readonly<Record<string, string>> = {
    "Query.repository.id": "query ($id: ID) { repository(id: $id) { name } }",
    "Query.commit.repository": `query ($id: String!) { commit(repository: $id, oid: "${oid}") { oid } }`,
    "Query.commits.repository": "query ($id: String) { commits(repository: $id) { totalCount } }",
    "Query.topAuthors.repository":
      "query ($id: String) { topAuthors(repository: $id) { commitCount } }",
    "Query.authors.repository": "query ($id: String) { authors(repository: $id) { totalCount } }",
    "Query.commitActivity.repository":
      "query ($id: String) { commitActivity(repository: $id) { commitCount } }",
    "Query.activity.repository": "query ($id: String) { activity(repository: $id) { totalCount } }",
    "Query.historyRewrites.repository":
      "query ($id: String!) { historyRewrites(repository: $id) { totalCount } }",
    "Query.node.id": "query ($id: ID!) { node(id: $id) { id } }",
    "Query.nodes.ids": "query ($id: ID!) { nodes(ids: [$id]) { id } }",
    "Mutation.refreshRepository.repository":
      "mutation ($id: String!) { refreshRepository(repository: $id) { requested } }",
    "Mutation.verifyRepository.repository":
      "mutation ($id: String!) { verifyRepository(repository: $id) { repository { name } } }",
    "Mutation.awaitCommit.repository": `mutation ($id: String!) { awaitCommit(repository: $id, oid: "${oid}") { repository { name } commit { oid } } }`,
    "Mutation.resetCommitsFrom.repository": `mutation ($id: String!) {
      resetCommitsFrom(repository: $id, from: "2024-01-01T00:00:00Z", dryRun: true) { deletedCount } }`,
    "Mutation.pauseRepository.repository":
      "mutation ($id: String!) { pauseRepository(repository: $id) { repository { state } } }",
    "Mutation.resumeRepository.repository":
      "mutation ($id: String!) { resumeRepository(repository: $id) { repository { name } } }",
    "Mutation.retryTask.id": "mutation ($id: ID!) { retryTask(id: $id) { repository { name } } }",
    "Mutation.discardTask.id":
      "mutation ($id: ID!) { discardTask(id: $id) { repository { name } } }",
    "Mutation.removeRepository.repository": "",
    "Subscription.commitsIngested.repositories": "",
    "Subscription.repositoryUpdated.repositories": "",
  };

  it("are taken with their type and without it, everywhere", async () => {
    const schema = await createSchema({} as OperationApis);
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const taking = roots.flatMap((root) =>
      Object.values(root?.getFields() ?? {}).flatMap(({ name, args }) =>
        args
          .filter((one) => /^(?:id|ids|repository|repositories)$/.test(one.name))
          .filter(({ type }) => /^(?:ID|String)$/.test(getNamedType(type).name))
          .map((one) => `${root?.name}.${name}.${one.name}`),
      ),
    );
    expect(taking.sort()).toEqual(Object.keys(TAKING).sort());
    for (const [where, operation] of Object.entries(TAKING)) {
      if (operation === "") continue;
      const bare = await ask(api.url, operation, { id: String(number) });
      expect(bare, where).not.toMatchObject({ repository: null, commit: null, node: null });
      expect(await ask(api.url, operation, { id: `Repository:${number}` }), where).toEqual(bare);
    }
    const updated =
      "subscription ($ids: [String!]) { repositoryUpdated(repositories: $ids) { id } }";
    const ingested = `subscription ($ids: [String!]) {
      commitsIngested(after: "0", repositories: $ids) { repository { id } } }`;
    for (const ids of [[String(number)], [`Repository:${number}`]]) {
      for (const operation of [updated, ingested]) {
        await using following = subscribe(api.url, operation, { ids });
        await eventually(() =>
          expect(JSON.stringify(following.received[0])).toContain(`"Repository:${number}"`),
        );
      }
    }
  });

  it("that an answer gives elsewhere are those of its objects", async () => {
    const { errors } = await post(
      api.url,
      `mutation { awaitCommit(repository: "octo/one", oid: "${"0".repeat(40)}", timeout: 0) { waitedMs } }`,
    );
    expect(errors?.[0]?.extensions).toMatchObject({ repository: { id: `Repository:${number}` } });
  });
});
