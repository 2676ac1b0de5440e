import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { post, subscribe } from "../support/graphql-client.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { overWebSocket, startTestApi, type TestApi } from "./test-api.js";

const QUERY = `subscription ($repositories: [String!]) {
  repositoryUpdated(repositories: $repositories) { id nameWithOwner state commitCount headOid }
}`;

interface Update {
  readonly repositoryUpdated: {
    readonly id: string;
    readonly nameWithOwner: string;
    readonly state: string;
    readonly commitCount: number;
    readonly headOid: string | null;
  };
}

describe("subscribing to repositoryUpdated", () => {
  let api: TestApi;
  let one: number;
  let two: number;
  beforeAll(async () => {
    api = await startTestApi();
    one = await storeRepository(api.database, "octo", "one");
    two = await storeRepository(api.database, "octo", "two");
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it("tells the named repository as it is, then as it becomes", async () => {
    await using updates = subscribe<Update>(api.url, QUERY, { repositories: ["OCTO/one"] });
    await eventually(() => expect(updates.received).toHaveLength(1));
    expect(updates.received[0]?.repositoryUpdated).toEqual({
      id: `Repository:${one}`,
      nameWithOwner: "octo/one",
      state: "PENDING",
      commitCount: 0,
      headOid: null,
    });
    const commits = line(1, 3);
    await storeEvent(api.database, one, commits);
    await storeEvent(api.database, two, line(2, 1));
    await api.ring();
    const head = commits[0]?.oid;
    await eventually(() =>
      expect(updates.received.at(-1)?.repositoryUpdated).toMatchObject({
        state: "ACTIVE",
        commitCount: 3,
        headOid: head,
      }),
    );
    const told = updates.received.map(({ repositoryUpdated: { id } }) => id);
    expect(new Set(told)).toEqual(new Set([`Repository:${one}`]));
    expect(updates.errors).toEqual([]);
  });

  it("tells all of them where none is named, without a ring too", async () => {
    await using updates = subscribe<Update>(api.url, QUERY);
    let seed = 10;
    await eventually(async () => {
      seed += 1;
      await storeEvent(api.database, two, line(seed, 1));
      expect(updates.received.at(-1)?.repositoryUpdated).toMatchObject({ id: `Repository:${two}` });
    });
  });

  it("shows a pause, and the removal once, after which it ends", async () => {
    const id = await storeRepository(api.database, "octo", "three");
    await using updates = subscribe<Update>(api.url, QUERY, { repositories: [String(id)] });
    await eventually(() => expect(updates.received).toHaveLength(1));
    await post(api.url, `mutation { pauseRepository(repository: "${id}") { changed } }`);
    await eventually(() =>
      expect(updates.received.at(-1)?.repositoryUpdated).toMatchObject({ state: "PAUSED" }),
    );
    await post(api.url, `mutation { removeRepository(repository: "${id}") { __typename } }`);
    await eventually(() => expect(updates.isOver()).toBe(true));
    expect(updates.received.at(-1)?.repositoryUpdated).toEqual({
      ...{ id: `Repository:${id}`, nameWithOwner: "octo/three", state: "REMOVED" },
      ...{ commitCount: 0, headOid: null },
    });
    const states = updates.received.map(({ repositoryUpdated: { state } }) => state);
    expect(states.filter((state) => state === "REMOVED")).toHaveLength(1);
    const gone = await overWebSocket(api.url, QUERY, { repositories: [String(id)] });
    expect(gone.errors?.[0]?.extensions).toMatchObject({ code: "NOT_FOUND" });
    expect(updates.errors).toEqual([]);
  });

  it.each([
    { repositories: ["octo/none"], code: "NOT_FOUND" },
    { repositories: [], code: "BAD_USER_INPUT" },
    { repositories: Array(101).fill("octo/one"), code: "BAD_USER_INPUT" },
  ])("refuses $repositories.length names with $code", async ({ repositories, code }) => {
    const { errors } = await overWebSocket(api.url, QUERY, { repositories });
    expect(errors?.[0]?.extensions).toMatchObject({ code, field: "repositories" });
  });
});
