import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, post } from "../support/graphql-client.js";
import { storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const ADD = `mutation ($urls: [String!]!, $trackFrom: DateTime) {
  addRepositories(urls: $urls, trackFrom: $trackFrom) {
    createdCount failedCount
    results { url created repository { nameWithOwner state trackFrom } error { code message } }
  }
}`;

interface Result {
  readonly url: string;
  readonly created: boolean;
  readonly repository: { readonly nameWithOwner: string; readonly trackFrom: string | null } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

interface Answer {
  readonly addRepositories: {
    readonly createdCount: number;
    readonly failedCount: number;
    readonly results: readonly Result[];
  };
}

describe("addRepositories", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const add = async (urls: readonly string[], trackFrom?: string) => {
    const answer = await ask<Answer>(api.url, ADD, { urls, trackFrom });
    const { results, ...counts } = answer.addRepositories;
    expect(counts).toEqual({
      createdCount: results.filter(({ created }) => created).length,
      failedCount: results.filter(({ error }) => error !== null).length,
    });
    return results;
  };

  it("has one result for each address, in their order: new, known, named twice, or an error", async () => {
    await storeRepository(api.database, "octo", "known");
    const urls = ["octo/new", "https://gitlab.com/o/n", "OCTO/known", "github.com/Octo/New", ""];
    const results = await add(urls, "2024-05-01T00:00:00Z");
    expect(results.map(({ url }) => url)).toEqual(urls);
    expect(results.map(({ created }) => created)).toEqual([true, false, false, false, false]);
    expect(results.map(({ repository }) => repository?.nameWithOwner)).toEqual([
      "octo/new",
      undefined,
      "octo/known",
      "octo/new",
      undefined,
    ]);
    expect(results.map(({ error }) => error?.code)).toEqual([
      undefined,
      "BAD_USER_INPUT",
      undefined,
      undefined,
      "BAD_USER_INPUT",
    ]);
    expect(results[0]?.repository?.trackFrom).toBe("2024-05-01T00:00:00.000Z");
    expect(results[2]?.repository?.trackFrom).toBeNull();
  });

  it("keeps and repeats no secret of an address, whether it is taken or refused", async () => {
    const results = await add([
      "https://x-access-token:s3cr3t@github.com/octo/private.git",
      "https://raw.githubusercontent.com/octo/raw/main/a.md?token=s3cr3t",
      "https://user:s3cr3t@gitlab.com/octo/private.git",
    ]);
    expect(
      results.map(({ repository, error }) => repository?.nameWithOwner ?? error?.code),
    ).toEqual(["octo/private", "octo/raw", "BAD_USER_INPUT"]);
    expect(results.map(({ url }) => url)).toEqual([
      "https://github.com/octo/private.git",
      "https://raw.githubusercontent.com/octo/raw/main/a.md",
      "https://gitlab.com/octo/private.git",
    ]);
    const url = "https://user:s3cr3t@github.com/octo/unknown";
    const paused = await post(
      api.url,
      `mutation ($url: String!) { pauseRepository(repository: $url) { changed } }`,
      { url },
    );
    expect(paused.errors?.[0]?.extensions?.code).toBe("NOT_FOUND");
    const rows = await api.database.primary.repository.findMany();
    expect(
      JSON.stringify([results, paused, rows.map(({ owner, name }) => [owner, name])]),
    ).not.toContain("s3cr3t");
  });

  it("changes nothing when it is called again", async () => {
    const urls = ["again/a", "again/b"];
    const before = await add(urls);
    const after = await add(urls, "2020-01-01T00:00:00Z");
    expect(before.map(({ created }) => created)).toEqual([true, true]);
    expect(after).toEqual(before.map((result) => ({ ...result, created: false })));
  });

  it("takes a hundred addresses and refuses more without adding any", async () => {
    const urls = Array.from({ length: 101 }, (_, index) => `bound/r${index}`);
    const { errors } = await post(api.url, ADD, { urls });
    expect(errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "urls" });
    expect(await api.database.primary.repository.count({ where: { owner: "bound" } })).toBe(0);
    expect((await add(urls.slice(1))).every(({ created }) => created)).toBe(true);
    expect(await add([])).toEqual([]);
  });
});
