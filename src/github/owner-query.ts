import { z } from "zod";
import { TrackerError } from "../domain/errors.js";
import type { OwnedRepository, OwnerPage, OwnerPageRequest } from "./github.js";
import { itemError } from "./github-errors.js";
import { type GitHubGraphqlError, type RawAnswer, readBody, requestIdOf } from "./raw-answer.js";

/** One point for a hundred repositories: nothing in it is read from git. */
export const OWNER_DOCUMENT = `query OwnedRepositories($login: String!, $first: Int!, $after: String, $isFork: Boolean, $isArchived: Boolean) {
  repositoryOwner(login: $login) {
    login
    repositories(first: $first, after: $after, ownerAffiliations: OWNER, isFork: $isFork, isArchived: $isArchived, orderBy: { field: CREATED_AT, direction: ASC }) {
      totalCount
      nodes { id databaseId name owner { login } isFork isArchived isPrivate diskUsage }
      pageInfo { endCursor hasNextPage }
    }
  }
  rateLimit { cost remaining resetAt }
}`;

const nodeSchema = z.object({
  id: z.string(),
  databaseId: z.number().nullable(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  isFork: z.boolean(),
  isArchived: z.boolean(),
  isPrivate: z.boolean(),
  diskUsage: z.number().nullable(),
});
const dataSchema = z.object({
  repositoryOwner: z
    .object({
      login: z.string(),
      repositories: z.object({
        totalCount: z.int().nonnegative(),
        nodes: z.array(nodeSchema.nullable()),
        pageInfo: z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() }),
      }),
    })
    .nullable(),
});

export function ownerVariables(request: OwnerPageRequest): Readonly<Record<string, unknown>> {
  const { login, first, after, includeForks, includeArchived } = request;
  return {
    ...{ login, first, after },
    isFork: includeForks ? null : false,
    isArchived: includeArchived ? null : false,
  };
}

/** The page; an error on one repository hides that one alone. */
export function readOwnerPage({ login, after }: OwnerPageRequest, answer: RawAnswer): OwnerPage {
  const { data, errors } = readBody(answer.body);
  const error = errors.find((one) => !isAboutOne(one));
  const failure = error === undefined ? null : itemError(error, answer);
  const facts = requestIdOf(answer.headers);
  if (failure?.code === "GITHUB_NOT_FOUND") throw nobody(login, failure.details, failure);
  if (failure !== null) throw failure;
  const result = dataSchema.safeParse(data);
  if (!result.success) throw malformed("has another shape than asked for", facts, result.error);
  const { repositoryOwner } = result.data;
  if (repositoryOwner === null) throw nobody(login, facts);
  const { totalCount, nodes, pageInfo } = repositoryOwner.repositories;
  if (pageInfo.hasNextPage && (pageInfo.endCursor === null || pageInfo.endCursor === after)) {
    throw malformed("promises more without a way to go on", facts);
  }
  const shown = nodes.filter((node) => node !== null);
  return {
    login: repositoryOwner.login,
    totalCount,
    repositories: shown.map(toOwned),
    hiddenCount: nodes.length - shown.length,
    ...pageInfo,
  };
}

function toOwned({ id, owner, diskUsage, ...rest }: z.infer<typeof nodeSchema>): OwnedRepository {
  return { ...rest, nodeId: id, owner: owner.login, diskKiB: diskUsage };
}

function isAboutOne({ path }: GitHubGraphqlError): boolean {
  return path?.[2] === "nodes" && typeof path[3] === "number";
}

function nobody(login: string, details: object, cause?: TrackerError): TrackerError {
  const message = `GitHub has no user or organisation ${login}, or the token cannot see it.`;
  return new TrackerError("GITHUB_NOT_FOUND", message, { ...details }, { cause });
}

function malformed(why: string, details: object, cause?: unknown): TrackerError {
  const message = `GitHub's list of an owner's repositories ${why}.`;
  return new TrackerError("GITHUB_MALFORMED_ANSWER", message, { ...details }, { cause });
}
