import type { GraphQLSchema } from "graphql";
import type { Accounts, User } from "../accounts.js";
import type { StandInSettings } from "../control/settings.js";
import type { GitStore } from "../git/git-store.js";
import type { FaultAnswer, Faults } from "../http/fault.js";
import type { RequestLog } from "../http/request-log.js";
import type { UseRecord } from "../limits/use-record.js";
import type { RepositoryDirectory } from "../repository-directory.js";
import type { Random } from "../seeded-random.js";
import type { HttpAnswer } from "./github-error.js";
import type { QueryBody, QueryPreparation } from "./query-preparation.js";

export interface QueryRequest {
  readonly authorization: string | undefined;
  readonly wantsNewIds: boolean;
  /** Null when it was too large: GitHub cuts it and then misses the query in it. */
  readonly text: string | null;
  readonly requestId: string;
  /** Aborts when the stand-in stops. */
  readonly signal: AbortSignal;
}

export type Outcome =
  | { readonly kind: "answer"; readonly answer: HttpAnswer }
  /** Half of the answer, then the connection is closed, or stays open without another byte. */
  | { readonly kind: "cut" | "stall"; readonly answer: HttpAnswer }
  | { readonly kind: "hang" }
  | { readonly kind: "reset" };

export interface QueryServiceParts {
  readonly schema: GraphQLSchema;
  readonly preparation: QueryPreparation;
  readonly accounts: Accounts;
  readonly directory: RepositoryDirectory;
  readonly git: GitStore;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly used: UseRecord;
  readonly settings: () => StandInSettings;
  /** Where times between two bounds are drawn. */
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The same by GitHub's clock: what it tells of times. */
  readonly gitHubNow: () => number;
}

/** What one request is known by on its way through. */
export interface Exchange {
  readonly request: QueryRequest;
  readonly user: User;
  readonly body: QueryBody;
  readonly operationName: string | null;
  readonly fault: FaultAnswer | null;
  cost: number;
  /** GitHub's time; null where none is imitated, so that it is the stand-in's own. */
  gitHubMs: number | null;
}

export function answered(answer: HttpAnswer): Outcome {
  return { kind: "answer", answer };
}
