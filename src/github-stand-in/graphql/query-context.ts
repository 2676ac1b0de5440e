import type { GraphQLFieldResolver, GraphQLResolveInfo } from "graphql";
import type { Accounts, User } from "../accounts.js";
import type { GitStore } from "../git/git-store.js";
import type { QueryCost } from "../limits/query-cost.js";
import type { RateSnapshot } from "../limits/rate-limit.js";
import type { RepositoryDirectory, StandInRepository } from "../repository-directory.js";
import { nameWithOwner } from "../repository-directory.js";
import { FieldError } from "./github-error.js";

/**
 * What GitHub does with a history cursor that names another commit than the one paged from; which
 * one is right is not known, so a client must stand all three.
 */
export type CursorMode = "continue" | "apply-index" | "refuse";

/** An error on one field of an otherwise good answer. */
export interface FieldFault {
  /** Like `Repository.defaultBranchRef`. */
  readonly field: string;
  /** Only for this repository; default all. */
  readonly repository?: string;
  /** Only for sources with these object ids: commits. */
  readonly oids?: readonly string[];
  readonly type: string;
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Everything the resolvers of one query may use. */
export interface QueryContext {
  readonly viewer: User;
  readonly wantsNewIds: boolean;
  readonly accounts: Accounts;
  readonly directory: RepositoryDirectory;
  readonly git: GitStore;
  readonly cursorMode: CursorMode;
  readonly rateLimit: RateSnapshot & Pick<QueryCost, "cost" | "nodeCount">;
  readonly fieldFaults: readonly FieldFault[];
  /** Silent truncation: histories end after so many items; null for all. */
  readonly historyItemsMax: number | null;
  /** A replica answers that has missed the last push to each repository. */
  readonly isStale: boolean;
  readonly read: QueryReads;
}

/** What a query has read so far: its time follows from it, and the count of looks. */
export interface QueryReads {
  readonly repositories: Set<number>;
  /** Those of which git data was read. */
  readonly gitRepositories: Set<number>;
  /** Those of which the head of the default branch was read. */
  readonly heads: Set<number>;
  listedCommits: number;
  countedCommits: number;
}

export function nothingRead(): QueryReads {
  return {
    repositories: new Set(),
    gitRepositories: new Set(),
    heads: new Set(),
    listedCommits: 0,
    countedCommits: 0,
  };
}

export type Resolver<Source, Args = Readonly<Record<string, never>>> = (
  source: Source,
  args: Args,
  context: QueryContext,
  info: GraphQLResolveInfo,
) => unknown;

/** The resolvers of one type. Arguments have the schema's types: graphql-js has checked them. */
export type Resolvers = Readonly<Record<string, Resolver<never, never>>>;

/** The resolver as graphql-js calls it, with the field faults of the query in front. */
export function withFaults(
  field: string,
  resolver: Resolver<never, never>,
): GraphQLFieldResolver<unknown, QueryContext> {
  const resolve = resolver as Resolver<unknown, unknown>;
  return (source, args, context, info) => {
    if (context.fieldFaults.length > 0) throwFault(field, source, context);
    return resolve(source, args, context, info);
  };
}

function throwFault(field: string, source: unknown, { fieldFaults }: QueryContext): void {
  for (const fault of fieldFaults) {
    if (fault.field !== field) continue;
    if (fault.repository !== undefined && !isOf(source, fault.repository)) continue;
    if (fault.oids?.includes(oidOf(source)) === false) continue;
    throw new FieldError(fault.type, fault.message, fault.extensions);
  }
}

function oidOf(source: unknown): string {
  return ((source ?? {}) as { oid?: string }).oid ?? "";
}

function isOf(source: unknown, name: string): boolean {
  const { repository } = (source ?? {}) as { repository?: StandInRepository };
  return repository !== undefined && nameWithOwner(repository).toLowerCase() === name.toLowerCase();
}
