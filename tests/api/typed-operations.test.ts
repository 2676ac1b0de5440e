import { Client, fetchExchange } from "@urql/core";
import { getOperationAST, print } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as operations from "../../src/client/operations.generated.js";
import { eventually } from "../support/eventually.js";
import { ask, post, subscribe } from "../support/graphql-client.js";
import { startTestApi, type TestApi } from "./test-api.js";

const { AddRepositoryDocument, CommitsDocument, CommitsIngestedDocument, RepositoryDocument } =
  operations;

describe("the package's typed operations", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it("tell a client that knows typed documents what it gets", async () => {
    const name = "octo/typed";
    const exchanges = [fetchExchange];
    const client = new Client({ url: `${api.url}/graphql`, exchanges, preferGetMethod: false });
    const added = await client.mutation(AddRepositoryDocument, { url: name });
    const isCreated: boolean | undefined = added.data?.addRepository.created;
    expect(isCreated).toBe(true);
    const found = await client.query(RepositoryDocument, { nameWithOwner: name });
    expect(found.data?.repository?.state satisfies string | undefined).toBe("PENDING");
    const { data } = await client.query(CommitsDocument, { repository: name, first: 10 });
    expect(data?.commits.nodes.map(({ oid }) => oid)).toEqual([]);
    // @ts-expect-error it takes no such variable
    await client.query(CommitsDocument, { repo: name });
  });

  it("can all be asked: none is beyond what one operation may be", async () => {
    const name = "octo/asked";
    const variables = { repository: name, nameWithOwner: name, oid: "0".repeat(40), url: name };
    await ask(api.url, print(AddRepositoryDocument), variables);
    const documents = Object.values(operations).filter(
      (document) => getOperationAST(document)?.operation !== "subscription",
    );
    expect(documents.length).toBeGreaterThan(6);
    for (const document of documents) {
      const { errors = [] } = await post(api.url, print(document), { ...variables, timeout: 0 });
      const codes = errors.map(({ extensions }) => extensions?.code);
      expect(["", "TIMEOUT"], print(document)).toContain(codes.join());
    }
  });

  it("can be followed by graphql-ws, printed", async () => {
    await ask(api.url, print(AddRepositoryDocument), { url: "octo/followed" });
    await using following = subscribe(api.url, print(CommitsIngestedDocument), { after: "0" });
    await using updates = subscribe(api.url, print(operations.RepositoryUpdatedDocument), {
      repositories: ["octo/followed"],
    });
    await eventually(() => expect(updates.received).not.toEqual([]));
    expect([...following.errors, ...updates.errors]).toEqual([]);
  });
});
