import { graphql } from "@octokit/graphql";
import { SpanKind } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { Oid } from "../domain/commit.js";
import { isTrackerError } from "../domain/errors.js";
import {
  ATTR_GRAPHQL_OPERATION_NAME,
  ATTR_GRAPHQL_OPERATION_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
} from "../telemetry/traces/semantic-conventions.js";
import { addFacts, withChildSpan } from "../telemetry/traces/spans.js";
import type { BudgetLedger } from "./budget-ledger.js";
import { COMMIT_COUNT_DOCUMENT, readCommitCount } from "./commit-count-query.js";
import { commitsDocument, commitsVariables, readCommits } from "./commits-query.js";
import { withDeadline } from "./deadline.js";
import { firstParentsDocument, readFirstParents } from "./first-parents-query.js";
import type { CallOptions, CommitsTold, GitHub } from "./github.js";
import { classifyAnswer, classifyFailure } from "./github-errors.js";
import type { GitHubObserver, Observed } from "./github-observer.js";
import type { Learn } from "./granted-request.js";
import { HISTORY_DOCUMENT, readHistory } from "./history-query.js";
import { lookUpQuery, readGlance, readLookUp } from "./lookup-query.js";
import { OWNER_DOCUMENT, ownerVariables, readOwnerPage } from "./owner-query.js";
import { PARENTS_DOCUMENT, readParents, withAllParents } from "./parents-query.js";
import { limitsOf, pointsOf, type RawAnswer, requestIdOf } from "./raw-answer.js";
import { createRoundTrip } from "./round-trip.js";
import { sendDocument } from "./send-document.js";
import { createTokenBudget, type TokenRequest } from "./token-budget.js";
import { readViewer, VIEWER_DOCUMENT } from "./viewer-query.js";

export interface OctokitGitHubOptions {
  /** API root, without a slash at its end. */
  readonly apiUrl: string;
  readonly tokens: readonly string[];
  /** The one that all processes with tokens of the same users share. */
  readonly ledger: BudgetLedger;
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
  readonly logger: Logger;
  readonly observer?: GitHubObserver;
  readonly now?: () => number;
  readonly random?: () => number;
}

interface Question {
  readonly operation: Observed["operation"];
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** GitHub takes next to nothing over it: what its answer takes is the way there and back. */
  readonly isCheap?: boolean;
}

/** A glance at more takes GitHub a while. */
const CHEAP_GLANCE_MAX = 10;

interface Sending extends Question {
  readonly token: string;
  readonly login: string | undefined;
  readonly learn: Learn;
}

const VIEWER: Question = {
  ...{ operation: "Viewer", document: VIEWER_DOCUMENT, variables: {}, isCheap: true },
};

/** GitHub's GraphQL API through @octokit/graphql: paced for each user, every answer classified. */
export function createOctokitGitHub(options: OctokitGitHubOptions): GitHub {
  const { apiUrl, userAgent, requestTimeoutMs, observer = {}, now = Date.now } = options;
  const { tokens, ledger, logger, random = Math.random } = options;
  const budget = createTokenBudget({
    ...{ tokens, ledger, logger, observer, now, random },
    identify: (token, learn, signal) =>
      send({ ...VIEWER, token, login: undefined, learn }, { signal, purpose: "live" }, readViewer),
  });
  const roundTrip = createRoundTrip();
  const { hostname, port } = new URL(apiUrl);
  const server = {
    [ATTR_SERVER_ADDRESS]: hostname,
    ...(port !== "" && { [ATTR_SERVER_PORT]: Number(port) }),
    [ATTR_HTTP_REQUEST_METHOD]: "POST",
    [ATTR_GRAPHQL_OPERATION_TYPE]: "query",
  };
  const call = graphql.defaults({ baseUrl: apiUrl, headers: { "user-agent": userAgent } });

  /** The same as `sendOnce`, as a client's part of the trace that is active. */
  function send<T>(
    sending: Sending,
    options: CallOptions,
    read: (answer: RawAnswer) => T,
  ): Promise<T> {
    const { operation } = sending;
    const attributes = {
      ...server,
      [ATTR_GRAPHQL_OPERATION_NAME]: operation,
      "tracker.github.purpose": options.purpose,
    };
    const span = { kind: SpanKind.CLIENT, attributes };
    return withChildSpan(`query ${operation}`, span, () => sendOnce(sending, options, read));
  }

  /** Sends a document and reads its answer, once it is known to be usable as a whole. */
  async function sendOnce<T>(
    { operation, document, variables, isCheap = false, token, login, learn }: Sending,
    { signal, purpose, onTook }: CallOptions,
    read: (answer: RawAnswer) => T,
  ): Promise<T> {
    const startedAt = performance.now();
    let outcome = "ok";
    let answer: RawAnswer | null = null;
    try {
      answer = await withDeadline(signal, requestTimeoutMs, (bounded) =>
        sendDocument({ call, token, document, variables, signal: bounded }),
      );
      const tookMs = performance.now() - startedAt;
      if (isCheap) roundTrip.observe(tookMs);
      const gitHubMs = roundTrip.gitHubMs(tookMs);
      onTook?.(gitHubMs);
      learn({ points: pointsOf(answer), limits: limitsOf(answer, now()), gitHubMs });
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
      const facts = factsOf(answer, now());
      tellSpan(facts);
      observer.request?.({ operation, purpose, login, outcome, durationMs, ...facts });
    }
  }

  function ask<T>(question: Question, callOptions: CallOptions, read: (answer: RawAnswer) => T) {
    const request: TokenRequest<T> = (token, learn, { login }) =>
      send({ ...question, token, login, learn }, callOptions, read);
    return budget.run(request, callOptions);
  }

  /** The further parents of a commit of a repository, a page at a time. */
  function parentsIn(nodeId: string, callOptions: CallOptions) {
    return (oid: Oid, after: string) => {
      const variables = { id: nodeId, oid, after };
      const question: Question = { operation: "Parents", document: PARENTS_DOCUMENT, variables };
      return ask(question, callOptions, (answer) => readParents(oid, answer));
    };
  }

  return {
    async lookUp(refs, callOptions) {
      if (refs.length === 0) return [];
      const query = lookUpQuery(refs);
      const { document, variables } = query;
      return await ask({ operation: "LookUp", document, variables }, callOptions, (answer) =>
        readLookUp(query, refs, answer),
      );
    },
    async glance(refs, callOptions) {
      if (refs.length === 0) return [];
      const query = lookUpQuery(refs, "Glance");
      const { document, variables } = query;
      const isCheap = refs.length <= CHEAP_GLANCE_MAX;
      const question: Question = { operation: "Glance", document, variables, isCheap };
      return await ask(question, callOptions, (answer) => readGlance(query, refs, answer));
    },
    async history(request, callOptions) {
      const { nodeId, oid, first, after, isCounted = false } = request;
      const variables = { id: nodeId, oid, first, after, isCounted };
      const { told, ...page } = await ask(
        { operation: "History", document: HISTORY_DOCUMENT, variables },
        callOptions,
        (answer) => readHistory(request, answer),
      );
      return { ...page, ...(await withAllParents(told, parentsIn(nodeId, callOptions))) };
    },
    async firstParents(request, callOptions) {
      const { nodeId } = request;
      const document = firstParentsDocument(request);
      const question: Question = {
        ...{ operation: "FirstParents", document, variables: { id: nodeId } },
      };
      const told = await ask(question, callOptions, (answer) => readFirstParents(request, answer));
      return await withAllParents(told, parentsIn(nodeId, callOptions));
    },
    async commits(wanted, callOptions) {
      if (wanted.length === 0) return [];
      const document = commitsDocument(wanted);
      const question: Question = {
        ...{ operation: "Commits", document, variables: commitsVariables(wanted) },
      };
      const told = await ask(question, callOptions, (answer) => readCommits(wanted, answer));
      const whole: CommitsTold[] = [];
      for (const [place, each] of told.entries()) {
        const { nodeId = "" } = wanted[place] ?? {};
        whole.push(await withAllParents(each, parentsIn(nodeId, callOptions)));
      }
      return whole;
    },
    async ownedRepositories(request, callOptions) {
      const variables = ownerVariables(request);
      return await ask(
        { operation: "OwnedRepositories", document: OWNER_DOCUMENT, variables },
        callOptions,
        (answer) => readOwnerPage(request, answer),
      );
    },
    async commitCount(request, callOptions) {
      const variables = { id: request.nodeId, oid: request.oid };
      return await ask(
        { operation: "CommitCount", document: COMMIT_COUNT_DOCUMENT, variables },
        callOptions,
        (answer) => readCommitCount(request, answer),
      );
    },
  };
}

function tellSpan({ status, points }: ReturnType<typeof factsOf>): void {
  if (status === undefined) return;
  addFacts({ [ATTR_HTTP_RESPONSE_STATUS_CODE]: status, "tracker.github.points": points });
}

function factsOf(answer: RawAnswer | null, nowMs: number) {
  if (answer === null) {
    return { status: undefined, points: 0, remaining: undefined, requestId: undefined };
  }
  const { status, headers } = answer;
  const { remaining } = limitsOf(answer, nowMs);
  return { status, points: pointsOf(answer), remaining, requestId: requestIdOf(headers).requestId };
}
