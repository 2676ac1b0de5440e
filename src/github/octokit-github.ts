import { graphql } from "@octokit/graphql";
import type { Logger } from "pino";
import { isTrackerError, TrackerError } from "../domain/errors.js";
import type { CallOptions, GitHub } from "./github.js";
import { classifyAnswer, classifyFailure, errorsOf, type RawAnswer } from "./github-errors.js";
import { HISTORY_DOCUMENT, readHistory } from "./history-query.js";
import { lookUpQuery, readLookUp } from "./lookup-query.js";
import { createTokenBudget, type Spent } from "./token-budget.js";

const ANSWER_BYTES_MAX = 32 * 1_024 * 1_024; // a page of 100 commits with 65 kB messages is 7 MB

/** One request, for metrics. */
export interface Observed {
  readonly operation: "LookUp" | "History";
  readonly purpose: CallOptions["purpose"];
  /** `ok` or an error code. */
  readonly outcome: string;
  readonly durationMs: number;
  readonly points: number;
  readonly remaining: number | undefined;
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

  /** Sends a document and returns the answer whose data can be used. */
  function ask(
    operation: Observed["operation"],
    document: string,
    variables: Readonly<Record<string, unknown>>,
    { signal, purpose }: CallOptions,
  ): Promise<RawAnswer> {
    return budget.run(async (token) => {
      signal.throwIfAborted();
      const startedAt = performance.now();
      let outcome = "ok";
      let answer: RawAnswer | null = null;
      try {
        const bounded = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]);
        answer = await send(call, token, document, variables, bounded);
        const failure = classifyAnswer(answer, now());
        if (failure !== null) throw failure;
        return { value: answer, spent: spentOf(answer) };
      } catch (error) {
        signal.throwIfAborted();
        const failure = isTrackerError(error) ? error : classifyFailure(error);
        outcome = failure.code;
        throw failure;
      } finally {
        const durationMs = performance.now() - startedAt;
        const remaining = answer === null ? undefined : spentOf(answer).remaining;
        observe?.({ operation, purpose, outcome, durationMs, points: pointsOf(answer), remaining });
      }
    });
  }

  return {
    async lookUp(refs, callOptions) {
      const query = lookUpQuery(refs);
      const answer = await ask("LookUp", query.document, query.variables, callOptions);
      const { data } = answer.body as { data: unknown };
      return readLookUp(query, refs, data, errorsOf(answer.body), answer);
    },
    async history(request, callOptions) {
      const { nodeId, oid, first, after } = request;
      const variables = { id: nodeId, oid, first, after };
      const answer = await ask("History", HISTORY_DOCUMENT, variables, callOptions);
      const { data } = answer.body as { data: unknown };
      const failure = classifyAnswer({ ...answer, body: { errors: errorsOf(answer.body) } }, now());
      if (errorsOf(answer.body).length > 0 && failure !== null) throw failure;
      return readHistory(request, data);
    },
  };
}

/**
 * The answer as it came, whatever its status: octokit drops the headers of successes and makes
 * errors of three kinds of the rest, so the answer is taken from under it.
 */
async function send(
  call: typeof graphql,
  token: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<RawAnswer> {
  let answer: RawAnswer | null = null;
  const recordingFetch = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    const text = await readText(response);
    answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: parseJson(text),
    };
    const { status, statusText, headers } = response;
    return new Response([204, 205, 304].includes(status) ? null : text, {
      status,
      statusText,
      headers,
    });
  };
  const headers = { authorization: `bearer ${token}` };
  try {
    await call(query, { ...variables, headers, request: { fetch: recordingFetch, signal } });
  } catch (error) {
    if (answer === null) throw error;
  }
  if (answer === null) throw new TrackerError("GITHUB_MALFORMED_ANSWER", "GitHub sent no answer.");
  return answer;
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > ANSWER_BYTES_MAX) {
      throw new TrackerError(
        "GITHUB_RESOURCE_LIMITS",
        `GitHub's answer is larger than ${ANSWER_BYTES_MAX} bytes.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function spentOf({ headers }: RawAnswer): Spent {
  const remaining = headers["x-ratelimit-remaining"];
  const reset = Number(headers["x-ratelimit-reset"]);
  return {
    remaining: remaining === undefined ? undefined : Number(remaining),
    resetAt: reset > 0 ? new Date(reset * 1_000) : undefined,
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
