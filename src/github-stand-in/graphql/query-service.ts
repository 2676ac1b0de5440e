import type { User } from "../accounts.js";
import {
  badCredentials,
  problemsParsingJson,
  secondaryLimit,
  unauthenticated,
} from "../http/canned-answers.js";
import { measureQuery } from "../limits/query-cost.js";
import { primaryLimitError, rateHeaders, readWindow } from "../limits/rate-limit.js";
import { admit, recordResponse } from "../limits/secondary-limit.js";
import type { Exchange, Outcome, QueryRequest, QueryServiceParts } from "./exchange.js";
import { answered } from "./exchange.js";
import { answerInstead } from "./fault-answer.js";
import type { HttpAnswer } from "./github-error.js";
import { nodeLimitExceeded, queryRefusal } from "./github-error.js";
import { namesAskedFor } from "./names-asked-for.js";
import { onlyRateLimit, parseBody } from "./query-preparation.js";
import { runQuery } from "./query-run.js";

const NODES_MAX = 500_000;

/** Answers GraphQL requests as GitHub does: who asks, faults, limits, price, execution, delay. */
export class QueryService {
  constructor(private readonly parts: QueryServiceParts) {}

  async answer(request: QueryRequest): Promise<Outcome> {
    const { accounts, preparation, faults, log, now } = this.parts;
    const at = now();
    const startedAt = performance.now();
    const token = /^(?:bearer|token) (\S+)$/i.exec(request.authorization ?? "")?.[1];
    const user = token === undefined ? null : accounts.userOfToken(token);
    const body = parseBody(request.text);
    const operationName = body && preparation.operationNameOf(body);
    let cost = 0;
    let outcome: Outcome;
    if (user === null) {
      outcome = answered(token === undefined ? unauthenticated() : badCredentials());
    } else if (body === null) {
      outcome = answered(problemsParsingJson());
    } else {
      const text = request.text ?? "";
      const names = () => {
        const prepared = preparation.prepare(body);
        return prepared.kind === "query" ? namesAskedFor(prepared.query) : [];
      };
      const fault = faults.take({ operationName, login: user.login, text, names });
      const exchange: Exchange = {
        ...{ request, user, body, operationName, fault, cost },
        gitHubMs: null,
      };
      outcome = this.#instead(exchange) ?? (await this.#admitted(exchange));
      cost = exchange.cost;
    }
    const answer = "answer" in outcome ? outcome.answer : null;
    log.add({
      at,
      operationName,
      variables: body?.variables ?? null,
      user: user?.login ?? null,
      status: answer?.status ?? 0,
      cost,
      bytes: Buffer.byteLength(answer?.body ?? ""),
      ms: performance.now() - startedAt,
    });
    return outcome;
  }

  #instead({ fault, user, request }: Exchange): Outcome | null {
    const nowMs = this.parts.gitHubNow();
    return answerInstead(fault, {
      requestId: request.requestId,
      nowMs,
      primaryLimited: (remaining) =>
        this.#primaryLimited(user, { ...readWindow(user.points, nowMs), remaining }),
    });
  }

  async #admitted(exchange: Exchange): Promise<Outcome> {
    const { now, gitHubNow, used, settings } = this.parts;
    const { secondary } = exchange.user;
    const { secondaryLimits, secondaryForm } = settings();
    const refusal = secondaryLimits && admit(secondary, secondaryLimits, now());
    if (refusal !== null) {
      used.refuse(refusal.reason);
      return answered(secondaryLimit(secondaryForm, refusal.waitMs, gitHubNow()));
    }
    const startedAt = performance.now();
    secondary.inFlight += 1;
    try {
      return await this.#priced(exchange, startedAt);
    } finally {
      secondary.inFlight -= 1;
      const gitHubMs = exchange.gitHubMs ?? performance.now() - startedAt;
      // Without limits nobody reads it, and nothing would take it away again.
      if (secondaryLimits !== null) recordResponse(secondary, gitHubMs, now());
      const { operationName, cost: points } = exchange;
      used.add({ operationName, points, gitHubMs }, now());
    }
  }

  async #priced(exchange: Exchange, startedAt: number): Promise<Outcome> {
    const { user, body } = exchange;
    const { schema, preparation, gitHubNow, used } = this.parts;
    const window = readWindow(user.points, gitHubNow());
    const prepared = preparation.prepare(body);
    if (prepared.kind === "refused") {
      return answered(withHeaders(prepared.answer, rateHeaders(window)));
    }
    const { document, operation, coerced } = prepared.query;
    const cost = measureQuery({ schema, document, operation, variables: coerced });
    const isCharged = !cost.isFree && !cost.isDryRun;
    if (isCharged && window.remaining === 0) {
      used.refuse("points");
      return answered(this.#primaryLimited(user, window));
    }
    if (cost.nodeCount > NODES_MAX && !cost.isDryRun) {
      const answer = queryRefusal(nodeLimitExceeded(cost.nodeCount));
      return answered(withHeaders(answer, rateHeaders(window)));
    }
    const query = cost.isDryRun ? onlyRateLimit(prepared.query) : prepared.query;
    if (isCharged) exchange.cost = cost.cost;
    return runQuery(this.parts, exchange, { query, cost, startedAt });
  }

  #primaryLimited(user: User, window: ReturnType<typeof readWindow>): HttpAnswer {
    const error = primaryLimitError(this.parts.settings().primaryForm, user.databaseId);
    return withHeaders(queryRefusal(error), rateHeaders(window));
  }
}

function withHeaders(answer: HttpAnswer, headers: Readonly<Record<string, string>>): HttpAnswer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
