import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperationApis } from "../../src/api/execution/operation-api.js";
import { createSchema } from "../../src/api/schema/schema.js";
import { post } from "../support/graphql-client.js";
import { RawSocket } from "../support/raw-socket.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const FORGED = '{"level":60,"msg":"forged"}';

const HOSTILE = [
  "'; drop table commit; --",
  "' or '1'='1",
  "octo/one' or 1=1 --",
  "\\'; select pg_sleep(30); --",
  "%' and (select count(*) from pg_shadow) > 0 --",
  "$1 $2 {{7*7}}",
  "a\u0000b",
  "\ud800",
  "x".repeat(5_000),
  `octo/one\n${FORGED}\n`,
  `\r\n${FORGED}\r\n\u2028\u001b[2J`,
];

/** A value of the type with the hostile text wherever text can stand. */
function hostileValue(type: GraphQLInputType, text: string): unknown {
  if (isNonNullType(type)) return hostileValue(type.ofType, text);
  if (isListType(type)) return [hostileValue(type.ofType, text)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    return Object.fromEntries(fields.map((field) => [field.name, hostileValue(field.type, text)]));
  }
  const { name } = getNamedType(type);
  if (name === "Int") return 1;
  if (name === "Boolean") return true;
  return name === "DateTime" ? "2026-01-01T00:00:00Z" : text;
}

type Field = GraphQLField<unknown, unknown>;

function takesText({ args }: Field): boolean {
  return args.some(({ type }) => {
    const named = getNamedType(type);
    return isInputObjectType(named) || ["String", "ID"].includes(named.name);
  });
}

function documentOf({ name, args, type }: Field, around: (field: string) => string): string {
  const variables = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(", ");
  const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  const named = getNamedType(type);
  const isConnection = isObjectType(named) && named.getFields().nodes !== undefined;
  const selection = isConnection ? "{ nodes { __typename } }" : "{ __typename }";
  const field = `${name}(${passed}) ${isScalarType(named) || isEnumType(named) ? "" : selection}`;
  return around(field).replace("(VARIABLES)", `(${variables})`);
}

describe("hostile text", async () => {
  const schema = await createSchema({} as OperationApis);
  const fields = (name: string) => {
    const type = schema.getType(name);
    return isObjectType(type) ? Object.values(type.getFields()).filter(takesText) : [];
  };
  const inRepository = (field: string) =>
    `query (VARIABLES) { repository(nameWithOwner: "octo/one") { ${field} } }`;
  const cases = [
    ...fields("Query").map((field) => ({
      field,
      around: (it: string) => `query (VARIABLES) { ${it} }`,
    })),
    ...fields("Mutation").map((field) => ({
      field,
      around: (it: string) => `mutation (VARIABLES) { ${it} }`,
    })),
    ...fields("Repository").map((field) => ({ field, around: inRepository })),
  ].map(({ field, around }) => ({
    name: `${field.name}`,
    field,
    document: documentOf(field, around),
  }));

  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
    const id = await storeRepository(api.database, "octo", "one");
    await storeEvent(api.database, id, line(1, 3));
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it.each(cases)(
    "in any argument of $name is text, and nothing else",
    async ({ field, document }) => {
      for (const text of HOSTILE) {
        for (const only of field.args) {
          const variables = Object.fromEntries(
            field.args
              .filter((arg) => arg === only || isNonNullType(arg.type))
              .map((arg) => [arg.name, hostileValue(arg.type, text)]),
          );
          const answer = await post(api.url, document, variables);
          const codes = (answer.errors ?? []).map(({ extensions }) => extensions?.code);
          expect(codes, JSON.stringify(answer)).not.toContain("INTERNAL_SERVER_ERROR");
          expect(codes).not.toContain("GRAPHQL_VALIDATION_FAILED");
          expect(JSON.stringify(answer)).not.toMatch(
            /syntax error|relation|SQLSTATE|prisma|pg_catalog/i,
          );
        }
      }
      expect(await api.database.primary.commit.count()).toBe(3);
      expect(await api.database.primary.repository.count({ where: { removedAt: null } })).toBe(1);
    },
  );

  it("forges no line of the log", async () => {
    await post(api.url, "{ nothing }", {}, { traceparent: FORGED, "user-agent": FORGED });
    await using raw = await RawSocket.ready(api.url, { authorization: `\n${FORGED}\n` });
    raw.subscribe(
      `\n${FORGED}\n`,
      `{ repository(nameWithOwner: ${JSON.stringify(HOSTILE[9])}) { id } }`,
    );
    await raw.hear("next");
    const lines = api.log().split("\n").filter(Boolean);
    for (const one of lines) expect(JSON.parse(one)).not.toMatchObject({ msg: "forged" });
    expect(api.log()).not.toMatch(/"level":(50|60)/);
  });
});
