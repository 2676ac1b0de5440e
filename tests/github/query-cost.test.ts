import { readFile } from "node:fs/promises";
import {
  buildSchema,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { COMMIT_COUNT_DOCUMENT } from "../../src/github/commit-count-query.js";
import { commitsDocument } from "../../src/github/commits-query.js";
import { firstParentsDocument } from "../../src/github/first-parents-query.js";
import { HISTORY_DOCUMENT } from "../../src/github/history-query.js";
import { lookUpQuery } from "../../src/github/lookup-query.js";
import { PARENTS_DOCUMENT } from "../../src/github/parents-query.js";

const SCHEMA = new URL(
  "../../node_modules/@octokit/graphql-schema/schema.graphql",
  import.meta.url,
);
const PAGE_SIZE = 100;

describe("what a question costs by GitHub's rule", () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = buildSchema(await readFile(SCHEMA, "utf8"), { assumeValidSDL: true });
  }, 60_000);

  /** Without named fragments: each in the places where it is spread. */
  function inlined(document: DocumentNode): DocumentNode {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const one of document.definitions)
      if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
    return visit(document, {
      FragmentDefinition: () => null,
      FragmentSpread(spread) {
        const fragment = fragments.get(spread.name.value);
        if (fragment === undefined) throw new Error(`no fragment ${spread.name.value}`);
        const { typeCondition, selectionSet } = fragment;
        return { kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet };
      },
    });
  }

  /**
   * Every connection counts as many requests as the connections around it can return nodes; the sum
   * is divided by 100 and rounded, at least 1. Nodes are what all connections can return.
   * https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
   */
  function costOf(document: string): { points: number; nodes: number } {
    const typeInfo = new TypeInfo(schema);
    let requests = 0;
    let nodes = 0;
    const around = [1];
    const isConnection = () => {
      const type = typeInfo.getType();
      const named = type ? getNamedType(type) : undefined;
      return isObjectType(named) && named.name.endsWith("Connection");
    };
    const visitor = visitWithTypeInfo(typeInfo, {
      Field: {
        enter(field) {
          if (!isConnection()) return;
          const first = field.arguments?.find(({ name }) => name.value === "first")?.value;
          const size = first?.kind === "IntValue" ? Number(first.value) : PAGE_SIZE;
          const outer = around.at(-1) ?? 1;
          requests += outer;
          nodes += outer * size;
          around.push(outer * size);
        },
        leave() {
          if (isConnection()) around.pop();
        },
      },
    });
    visit(inlined(parse(document)), visitor);
    return { points: Math.max(1, Math.round(requests / 100)), nodes };
  }

  it("counts the example of GitHub's documentation as GitHub does", () => {
    const example = `{ viewer { repositories(first: 50) { edges { node {
      pullRequests(first: 20) { edges { node { comments(first: 10) { edges { node { body } } } } } }
      issues(first: 20) { edges { node { comments(first: 10) { edges { node { body } } } } } }
    } } } followers(first: 10) { edges { node { login } } } } }`;
    expect(costOf(example).nodes).toBe(22_060);
    const points = `{ viewer { repositories(first: 100) { nodes { issues(first: 50) { nodes {
      labels(first: 60) { nodes { name } } } } } } } }`;
    expect(costOf(points).points).toBe(51);
  });

  it("is one point for a page of a hundred commits", () => {
    expect(costOf(HISTORY_DOCUMENT)).toEqual({ points: 1, nodes: 10_100 });
  });

  it("is one point for a hundred first parents of a hundred starts, and for a count", () => {
    const chains = Array.from({ length: 100 }, () => ({ oid: "a".repeat(64), length: 1 }));
    const document = firstParentsDocument({ chains });
    expect(costOf(document)).toEqual({ points: 1, nodes: 10_000 });
    expect(document.length).toBeLessThan(64 * 1_024);
    expect(costOf(COMMIT_COUNT_DOCUMENT).points).toBe(1);
    expect(costOf(PARENTS_DOCUMENT).points).toBe(1);
  });

  it.each([1, 3, 100])("is one point for a hundred commits of %i repositories", (count) => {
    const oidsOf = (place: number) => {
      const length = Math.floor(100 / count) + (place < 100 % count ? 1 : 0);
      return Array.from({ length }, () => "a".repeat(64));
    };
    const wanted = Array.from({ length: count }, (_, place) => ({
      ...{ nodeId: `R_${place}`, oids: oidsOf(place) },
    }));
    const document = commitsDocument(wanted);
    expect(costOf(document)).toEqual({ points: 1, nodes: 10_000 });
    expect(document.length).toBeLessThan(64 * 1_024);
  });

  it.each([1, 2, 100])("is one point for a look at %i repositories", (count) => {
    const ids = Array.from({ length: count }, (_, index) => ({ nodeId: `R_${index}` }));
    const names = ids.map(({ nodeId }) => ({ owner: "o", name: nodeId }));
    expect(costOf(lookUpQuery(ids).document).points).toBe(1);
    expect(costOf(lookUpQuery(names).document).points).toBe(1);
    expect(costOf(lookUpQuery(ids, "Glance").document).points).toBe(1);
  });

  it("leaves a look at a hundred names far below the size that GitHub cuts off", () => {
    const names = Array.from({ length: 100 }, () => ({
      owner: "o".repeat(39),
      name: "n".repeat(100),
    }));
    const { document, variables } = lookUpQuery(names);
    expect(JSON.stringify({ query: document, variables }).length).toBeLessThan(64 * 1_024);
  });
});
