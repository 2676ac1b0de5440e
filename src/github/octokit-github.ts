import { graphql } from "@octokit/graphql";
import type { Logger } from "pino";
import { isTrackerError } from "../domain/errors.js";
import { COMMIT_COUNT_DOCUMENT, readCommitCount } from "./commit-count-query.js";
import { withDeadline } from "./deadline.js";
import { firstParentsDocument, readFirstParents } from "./first-parents-query.js";
import type { CallOptions, GitHub } from "./github.js";
import { classifyAnswer, classifyFailure } from "./github-errors.js";
import { HISTORY_DOCUMENT, readHistory } from "./history-query.js";
import { lookUpQuery, readGlance, readLookUp } from "./lookup-query.js";
import { limitsOf, type RawAnswer, requestIdOf } from "./raw-answer.js";
import { sendDocument } from "./send-document.js";
import { createTokenBudget } from "./token-budget.js";

/** One request, for metrics. */
export interface Observed {
  readonly operation: "Glance" | "LookUp" | "History" | "FirstParents" | "CommitCount";
  readonly purpose: CallOptions["purpose"];
  /** Of HTTP; undefined when no answer came. */
  readonly status: number | undefined;
  /** `ok`, an error code, or `aborted`. */
  readonly outcome: string;
  readonly durationMs: number;
  readonly points: number;
  readonly remaining: number | undefined;
  readonly requestId: string | undefined;
}

export interface OctokitGitHubOptions {
  /** API root, without a slash at its end. */
  readonly apiUrl: string;
  readonly tokens: readonly string[];
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
  readonly logger: Logger;
  readonly observe?: (observed: Observed) => void;
  readonly now?: () => number;
}

/** GitHub's GraphQL API through @octokit/graphql: paced for each token, every answer classified. */
export function createOctokitGitHub(options: OctokitGitHubOptions): GitHub {
  const { apiUrl, tokens, userAgent, requestTimeoutMs, logger, observe, now = Date.now } = options;
  const budget = createTokenBudget({ tokens, logger, now });
  const call = graphql.defaults({ baseUrl: apiUrl, headers: { "user-agent": userAgent } });

  /** Sends a document and reads its answer, once it is known to be usable as a whole. */
  function ask<T>(
    operation: Observed["operation"],
    document: string,
    variables: Readonly<Record<string, unknown>>,
    { signal, purpose }: CallOptions,
    read: (answer: RawAnswer) => T,
  ): Promise<T> {
    return budget.run(async (token, learn) => {
      const startedAt = performance.now();
      let outcome = "ok";
      let answer: RawAnswer | null = null;
      try {
        answer = await withDeadline(signal, requestTimeoutMs, (bounded) =>
          sendDocument({ call, token, document, variables, signal: bounded }),
        );
        learn(limitsOf(answer.headers, now()));
        const failure = classifyAnswer(answer, now());
        if (failure !== null) throw failure;
        return read(answer);
      } catch (error) {
        if (answer === null && signal.aborted) {
          outcome = "aborted";
          throw signal.reason;
        }
        const failure = answer === null ? classifyFailure(error) : error;
        outcome = isTrackerError(failure) ? failure.code : "INTERNAL";
        throw failure;
      } finally {
        const durationMs = performance.now() - startedAt;
        observe?.({ operation, purpose, outcome, durationMs, ...factsOf(answer, now()) });
      }
    }, signal);
  }

  return {
    async lookUp(refs, callOptions) {
      if (refs.length === 0) return [];
      const query = lookUpQuery(refs);
      const { document, variables } = query;
      return await ask("LookUp", document, variables, callOptions, (answer) =>
        readLookUp(query, refs, answer),
      );
    },
    async glance(refs, callOptions) {
      if (refs.length === 0) return [];
      const query = lookUpQuery(refs, "Glance");
      const { document, variables } = query;
      return await ask("Glance", document, variables, callOptions, (answer) =>
        readGlance(query, refs, answer),
      );
    },
    async history(request, callOptions) {
      const { nodeId, oid, first, after } = request;
      const variables = { id: nodeId, oid, first, after };
      return await ask("History", HISTORY_DOCUMENT, variables, callOptions, (answer) =>
        readHistory(request, answer),
      );
    },
    async firstParents(request, callOptions) {
      const document = firstParentsDocument(request.chains);
      const variables = { id: request.nodeId };
      return await ask("FirstParents", document, variables, callOptions, (answer) =>
        readFirstParents(request, answer),
      );
    },
    async commitCount(request, callOptions) {
      const variables = { id: request.nodeId, oid: request.oid };
      return await ask("CommitCount", COMMIT_COUNT_DOCUMENT, variables, callOptions, (answer) =>
        readCommitCount(request, answer),
      );
    },
  };
}

function factsOf(answer: RawAnswer | null, nowMs: number) {
  const headers = answer?.headers ?? {};
  return {
    status: answer?.status,
    points: pointsOf(answer),
    remaining: limitsOf(headers, nowMs).remaining,
    requestId: requestIdOf(headers).requestId,
  };
}

function pointsOf(answer: RawAnswer | null): number {
  const body = answer?.body as
    | { data?: { rateLimit?: { cost?: unknown } | null } | null }
    | null
    | undefined;
  const cost = body?.data?.rateLimit?.cost;
  return typeof cost === "number" ? cost : 0;
}
