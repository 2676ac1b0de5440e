import type { OperationDefinitionNode } from "graphql";
import { parse } from "graphql";
import { describe, expect, test } from "vitest";
import { loadGitHubSchema } from "../../src/github-stand-in/graphql/github-schema.js";
import { measureQuery } from "../../src/github-stand-in/limits/query-cost.js";

async function measure(text: string, variables: Readonly<Record<string, unknown>> = {}) {
  const schema = await loadGitHubSchema();
  const document = parse(text);
  const operation = document.definitions[0] as OperationDefinitionNode;
  return measureQuery({ schema, document, operation, variables });
}

const ids = (count: number) => JSON.stringify(Array.from({ length: count }, (_, i) => `R_${i}`));

describe("the price of a query", () => {
  test("is 51 points for the documentation's example", async () => {
    const cost = await measure(
      "{ viewer { login repositories(first: 100) { edges { node { id issues(first: 50) { edges { node { id labels(first: 60) { edges { node { id name } } } } } } } } } } }",
    );
    expect(cost.cost).toBe(51);
  });

  test("counts 550 nodes for the documentation's simple example", async () => {
    const cost = await measure(
      "{ viewer { repositories(first: 50) { edges { repository: node { name issues(first: 10) { totalCount edges { node { title bodyHTML } } } } } } } }",
    );
    expect(cost.nodeCount).toBe(550);
  });

  test("counts 22,060 nodes for the documentation's complex example", async () => {
    const cost = await measure(`{
      viewer {
        repositories(first: 50) {
          edges { repository: node {
            name
            pullRequests(first: 20) { edges { pullRequest: node {
              title comments(first: 10) { edges { comment: node { bodyHTML } } }
            } } }
            issues(first: 20) { totalCount edges { issue: node {
              title bodyHTML comments(first: 10) { edges { comment: node { bodyHTML } } }
            } } }
          } }
        }
        followers(first: 10) { edges { follower: node { login } } }
      }
    }`);
    expect(cost.nodeCount).toBe(22_060);
  });

  test("is one point and 100 nodes for 100 ids without a connection", async () => {
    const cost = await measure(
      `{ nodes(ids: ${ids(100)}) { ... on Repository { nameWithOwner defaultBranchRef { name target { oid } } } } }`,
    );
    expect(cost).toMatchObject({ cost: 1, nodeCount: 100 });
  });

  test("is one point for 100 aliased histories", async () => {
    const alias = (n: number) =>
      `r${n}: repository(owner: "o", name: "n${n}") { object(expression: "main") { ... on Commit { history(first: 10) { nodes { oid } } } } }`;
    const cost = await measure(`{ ${Array.from({ length: 100 }, (_, n) => alias(n)).join(" ")} }`);
    expect(cost).toMatchObject({ cost: 1, nodeCount: 1_000 });
  });

  test("counts connections inside each commit of a page, and takes sizes from variables and defaults", async () => {
    const text = `query ($size: Int = 100) { node(id: "R_1") { ... on Repository { object(expression: "main") {
      ... on Commit { history(first: $size) { nodes { authors(first: 10) { totalCount } parents(first: 10) { totalCount } } } } } } } }`;
    expect(await measure(text, { size: 100 })).toMatchObject({ cost: 2, nodeCount: 2_100 });
    expect(await measure(text, { size: 1 })).toMatchObject({ cost: 1, nodeCount: 21 });
  });

  test("leaves out what a directive leaves out, and follows named fragments", async () => {
    const cost = await measure(`query {
      viewer { ...Many followers(first: 10) @skip(if: true) { totalCount } }
    } fragment Many on User { repositories(first: 7) { totalCount } }`);
    expect(cost.nodeCount).toBe(7);
  });

  test("is nothing for rateLimit alone, and for a dry run", async () => {
    expect(await measure("{ rateLimit { cost } }")).toMatchObject({ isFree: true, cost: 1 });
    expect(
      await measure("query ($dry: Boolean) { rateLimit(dryRun: $dry) { cost } viewer { login } }", {
        dry: true,
      }),
    ).toMatchObject({ isFree: false, isDryRun: true });
    expect(await measure("{ rateLimit { cost } viewer { login } }")).toMatchObject({
      isFree: false,
      isDryRun: false,
    });
  });
});
