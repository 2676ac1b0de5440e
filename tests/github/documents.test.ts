import { readFile } from "node:fs/promises";
import { buildSchema, type GraphQLSchema, parse, validate } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { COMMIT_COUNT_DOCUMENT } from "../../src/github/commit-count-query.js";
import { commitsDocument } from "../../src/github/commits-query.js";
import { firstParentsDocument } from "../../src/github/first-parents-query.js";
import type { RepositoryRef } from "../../src/github/github.js";
import { HISTORY_DOCUMENT } from "../../src/github/history-query.js";
import { lookUpQuery } from "../../src/github/lookup-query.js";
import { OWNER_DOCUMENT } from "../../src/github/owner-query.js";
import { PARENTS_DOCUMENT } from "../../src/github/parents-query.js";

const SCHEMA = new URL(
  "../../node_modules/@octokit/graphql-schema/schema.graphql",
  import.meta.url,
);

describe("the documents sent to GitHub", () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = buildSchema(await readFile(SCHEMA, "utf8"), { assumeValidSDL: true });
  }, 60_000);

  const faults = (document: string) =>
    validate(schema, parse(document)).map(({ message }) => message);
  const byId = (count: number): RepositoryRef[] =>
    Array.from({ length: count }, (_, index) => ({ nodeId: `R_${index}` }));
  const byName = (count: number): RepositoryRef[] =>
    Array.from({ length: count }, (_, index) => ({ owner: "o", name: `n${index}` }));

  const chains = [
    { oid: "a".repeat(40), length: 60 },
    { oid: "b".repeat(64), length: 40 },
  ];

  it.each([
    ["a history", HISTORY_DOCUMENT],
    ["a hundred first parents", firstParentsDocument({ chains })],
    ["a first parent as git alone has it", firstParentsDocument({ chains, isOfGitAlone: true })],
    [
      "commits of several repositories",
      commitsDocument([
        { nodeId: "R_1", oids: ["a".repeat(40), "b".repeat(40)] },
        { nodeId: "R_2", oids: ["c".repeat(64)] },
      ]),
    ],
    ["a page of a commit's parents", PARENTS_DOCUMENT],
    ["a count of commits", COMMIT_COUNT_DOCUMENT],
    ["a page of an owner's repositories", OWNER_DOCUMENT],
    ["a look at one by id", lookUpQuery(byId(1)).document],
    ["a look at one by name", lookUpQuery(byName(1)).document],
    ["a look at two by id", lookUpQuery(byId(2)).document],
    ["a look at two by name", lookUpQuery(byName(2)).document],
    ["a look at a hundred by id", lookUpQuery(byId(100)).document],
    ["a look at a hundred by name", lookUpQuery(byName(100)).document],
    ["a glance at both kinds", lookUpQuery([...byName(2), ...byId(2)], "Glance").document],
    ["a look at both kinds", lookUpQuery([...byName(2), ...byId(2)]).document],
  ])("fit its published schema: %s", (_name, document) => {
    expect(faults(document)).toEqual([]);
  });

  it("would be refused here with a field that GitHub does not have", () => {
    for (const field of ["authoredDate", "totalCount @include(if: $isCounted)"]) {
      expect(faults(HISTORY_DOCUMENT.replace(field, `${field} pushCount`))).toHaveLength(1);
    }
  });

  it("never ask for what is expensive or missing on some commits", () => {
    for (const field of ["additions", "deletions", "changedFiles", "associatedPullRequests"]) {
      expect(HISTORY_DOCUMENT).not.toContain(field);
      expect(firstParentsDocument({ chains })).not.toContain(field);
    }
  });
});
