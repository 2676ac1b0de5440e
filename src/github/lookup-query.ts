import { z } from "zod";
import { isTrackerError, TrackerError } from "../domain/errors.js";
import { oidSchema } from "./commit-fields.js";
import type { Glance, LookUp, RemoteFacts, RepositoryRef, Sighting } from "./github.js";
import { itemError } from "./github-errors.js";
import { type GitHubGraphqlError, type RawAnswer, readBody, requestIdOf } from "./raw-answer.js";
import { storableDate } from "./storable.js";

/** What GitHub reads from its database in a few milliseconds. */
const FACTS = "id databaseId name owner { login } isArchived isDisabled isPrivate pushedAt";
/** What GitHub reads from git, at 50 to 100 ms a repository. */
const HEAD = "defaultBranchRef { name target { oid } }";

const factsSchema = z.object({
  id: z.string(),
  databaseId: z.number().nullable(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  isArchived: z.boolean(),
  isDisabled: z.boolean(),
  isPrivate: z.boolean(),
  pushedAt: z.string().nullable(),
});
const headSchema = factsSchema.extend({
  defaultBranchRef: z
    .object({ name: z.string(), target: z.object({ oid: oidSchema }).nullable() })
    .nullable(),
});

export interface LookUpQuery {
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Where each ref's answer stands in `data`, and its errors in `path`. */
  readonly places: readonly (readonly (string | number)[])[];
}

/**
 * One query over many repositories: those with a node id through `nodes`, which costs one point for
 * a hundred, the others by name, each under an alias.
 */
export function lookUpQuery(
  refs: readonly RepositoryRef[],
  operation: "LookUp" | "Glance" = "LookUp",
): LookUpQuery {
  const ids: string[] = [];
  const named: { owner: string; name: string }[] = [];
  const places = refs.map((ref): readonly (string | number)[] => {
    if ("nodeId" in ref) return ["nodes", ids.push(ref.nodeId) - 1];
    return [`named${named.push(ref) - 1}`];
  });
  const parameters = [
    ...(ids.length > 0 ? ["$ids: [ID!]!"] : []),
    ...named.flatMap((_, index) => [`$owner${index}: String!`, `$name${index}: String!`]),
  ];
  const fields = [
    ...(ids.length > 0 ? ["nodes(ids: $ids) { __typename ...repositoryFields }"] : []),
    ...named.map(
      (_, index) =>
        `named${index}: repository(owner: $owner${index}, name: $name${index}) { __typename ...repositoryFields }`,
    ),
  ];
  const variables: Record<string, unknown> = ids.length > 0 ? { ids } : {};
  for (const [index, { owner, name }] of named.entries()) {
    variables[`owner${index}`] = owner;
    variables[`name${index}`] = name;
  }
  const document = `query ${operation}(${parameters.join(", ")}) {
    ${fields.join("\n    ")}
    rateLimit { cost remaining resetAt }
  }
  fragment repositoryFields on Repository { ${operation === "LookUp" ? `${FACTS} ${HEAD}` : FACTS} }`;
  return { document, variables, places };
}

type Place = LookUpQuery["places"][number];

/** Each ref's facts and head; what is wrong with one item stays with it. */
export function readLookUp(
  query: LookUpQuery,
  refs: readonly RepositoryRef[],
  answer: RawAnswer,
): LookUp[] {
  return readEach(query, refs, answer, (value) => {
    const { defaultBranchRef, ...facts } = parse(headSchema, value, answer);
    const headOid = defaultBranchRef?.target?.oid;
    const defaultBranch =
      defaultBranchRef === null || headOid === undefined
        ? null
        : { name: defaultBranchRef.name, headOid };
    return { ...toFacts(facts), defaultBranch };
  });
}

/** Each ref's facts alone. */
export function readGlance(
  query: LookUpQuery,
  refs: readonly RepositoryRef[],
  answer: RawAnswer,
): Glance[] {
  return readEach(query, refs, answer, (value) => toFacts(parse(factsSchema, value, answer)));
}

function readEach<Seen>(
  { places }: LookUpQuery,
  refs: readonly RepositoryRef[],
  answer: RawAnswer,
  read: (value: unknown) => Seen,
): Sighting<Seen>[] {
  const { data, errors } = readBody(answer.body);
  const stray = errors.find((error) => !places.some((place) => isAt(error, place)));
  return refs.map((ref, index) => {
    const place = places[index] ?? [];
    const error = errors.find((one) => isAt(one, place));
    try {
      if (error !== undefined) throw explain(itemError(error, answer), ref);
      const value = valueAt(data, place);
      // Only a null without another explanation is a repository that does not exist.
      if (value === null) throw stray === undefined ? missing(ref) : itemError(stray, answer);
      return { kind: "found", repository: read(value) };
    } catch (failure) {
      if (isTrackerError(failure)) return { kind: "failed", error: failure };
      throw failure;
    }
  });
}

function isAt({ path }: GitHubGraphqlError, place: Place): boolean {
  return place.every((key, depth) => path?.[depth] === key);
}

function valueAt(data: unknown, place: Place): unknown {
  return place.reduce<unknown>(
    (node, key) => (node as Record<string | number, unknown> | null | undefined)?.[key],
    data,
  );
}

function parse<Value>(schema: z.ZodType<Value>, value: unknown, { headers }: RawAnswer): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new TrackerError(
    "GITHUB_MALFORMED_ANSWER",
    "GitHub's answer about this repository has another shape than asked for.",
    requestIdOf(headers),
    { cause: result.error },
  );
}

function toFacts(value: z.infer<typeof factsSchema>): RemoteFacts {
  const { id, owner, pushedAt, isDisabled, ...rest } = value;
  if (isDisabled) {
    throw new TrackerError("GITHUB_FORBIDDEN", `GitHub has disabled ${owner.login}/${rest.name}.`);
  }
  return {
    ...rest,
    nodeId: id,
    owner: owner.login,
    pushedAt: pushedAt === null ? null : storableDate(pushedAt),
  };
}

/** GitHub's text on a dead node id says nothing to a person. */
function explain(error: TrackerError, ref: RepositoryRef): TrackerError {
  return error.code === "GITHUB_NOT_FOUND" ? missing(ref, error) : error;
}

function missing(ref: RepositoryRef, cause?: TrackerError): TrackerError {
  const what =
    "nodeId" in ref ? "this repository any more" : `a repository ${ref.owner}/${ref.name}`;
  return new TrackerError(
    "GITHUB_NOT_FOUND",
    `GitHub does not have ${what}, or the token cannot see it.`,
    cause?.details ?? {},
    { cause },
  );
}
