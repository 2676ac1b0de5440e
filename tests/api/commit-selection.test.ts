import { getNamedType, isCompositeType, isObjectType } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperationApis } from "../../src/api/execution/operation-api.js";
import { createSchema } from "../../src/api/schema/schema.js";
import type { Commit } from "../../src/domain/commit.js";
import { ask } from "../support/graphql-client.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

type Row = Readonly<Record<string, unknown>>;
interface Page {
  readonly commits: { readonly nodes: readonly Row[] };
}

/** No two of its texts and dates are the same. */
function distinct(commit: Commit, index: number): Commit {
  const actor = (who: string) => ({
    name: `${who} ${index}`,
    email: `${who}${index}@example.org`,
    login: `${who}-${index}`,
    avatarUrl: `https://avatars.example.org/${who}/${index}`,
  });
  const authoredAt = new Date(commit.committedAt.getTime() - 1_000 - index);
  const message = `${commit.message}\n\nCo-authored-by: Pair ${index} <pair${index}@example.org>`;
  return { ...commit, message, author: actor("author"), committer: actor("committer"), authoredAt };
}

describe("each field of a page's commits", () => {
  let api: TestApi;
  let fields: readonly string[];
  let whole: readonly Row[];
  beforeAll(async () => {
    api = await startTestApi();
    const id = await storeRepository(api.database, "octo", "one");
    const commits = line(1, 4).map(distinct);
    await storeEvent(api.database, id, commits);
    await storeEvent(api.database, id, [], { orphanedOids: [commits[0]?.oid ?? ""] });

    const schema = await createSchema({} as OperationApis);
    const select = (typeName: string): string[] => {
      const type = schema.getType(typeName);
      if (!isObjectType(type)) throw new Error(`there is no type ${typeName}`);
      return Object.values(type.getFields()).flatMap(({ name, type: of }) => {
        const inner = getNamedType(of);
        if (!isCompositeType(inner)) return [name];
        const hasId = isObjectType(inner) && "id" in inner.getFields();
        const names = hasId ? ["id"] : select(inner.name);
        return names.map((each) => `${name} { ${each} }`);
      });
    };
    fields = ["__typename", ...select("Commit")];
    ({
      commits: { nodes: whole },
    } = await ask<Page>(
      api.url,
      `{ commits(filter: { reachable: null }) { nodes { ${fields.join(" ")} } } }`,
    ));
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const READ_AS: Readonly<Record<string, (field: string) => string>> = {
    nodes: (field) => `{ commits(filter: { reachable: null }) { nodes { ${field} } } }`,
    edges: (field) => `{ commits(filter: { reachable: null }) { edges { node { ${field} } } } }`,
    "an alias": (field) =>
      `{ commits(filter: { reachable: null }) { all: nodes { other: oid ${field} } } }`,
    "fragments within fragments": (field) =>
      `{ commits(filter: { reachable: null }) { ...page } }
       fragment page on CommitConnection { edges { ... { node { ...facts } } } }
       fragment facts on Commit { ... on Node { ... on Commit { ${field} } } }`,
    "a selection in two places": (field) =>
      `{ commits(filter: { reachable: null }) { nodes { oid } }
         commits(filter: { reachable: null }) { nodes { ${field} } } }`,
    "the order of arrival": (field) =>
      `{ commits(filter: { reachable: null }, orderBy: { field: SEQUENCE, direction: ASC }) { nodes { ${field} } } }`,
    "commits found by a word": (field) =>
      `{ commits(filter: { reachable: null, text: "change" }) { nodes { ${field} } } }`,
    "a repository": (field) =>
      `{ repositories { nodes { commits(filter: { reachable: null }) { nodes { ${field} } } } } }`,
  };

  it.each(Object.entries(READ_AS))(
    "is the same alone as with all others, as %s",
    async (_, query) => {
      expect(whole).toHaveLength(4);
      for (const field of fields) {
        const [name = "", sub] = field.replaceAll(/[{}]/g, "").trim().split(/ +/);
        const pick = (row: Row) => {
          const value = row[name];
          if (sub === undefined) return value;
          const one = (of: unknown) => (of as Row | null)?.[sub];
          return Array.isArray(value) ? value.map(one) : one(value);
        };
        const found = JSON.stringify(rowsOf(await ask(api.url, query(field))).map(pick));
        expect(found, field).toBe(JSON.stringify(whole.map(pick)));
      }
    },
  );
});

/** The rows of whichever list of commits an answer has. */
function rowsOf(answer: unknown): Row[] {
  if (Array.isArray(answer)) {
    return answer.flatMap((item: Row) => {
      if ("node" in item) return [item.node as Row];
      return "commits" in item ? rowsOf(item.commits) : [item];
    });
  }
  const [inner] = Object.values(answer as Row);
  return rowsOf(inner);
}
