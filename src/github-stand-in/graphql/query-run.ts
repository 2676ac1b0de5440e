import { setTimeout as delay } from "node:timers/promises";
import { execute } from "graphql";
import { CANNED_ANSWERS } from "../http/canned-answers.js";
import type { Delay } from "../limits/latency.js";
import { planDelay } from "../limits/latency.js";
import type { QueryCost } from "../limits/query-cost.js";
import { charge, rateHeaders } from "../limits/rate-limit.js";
import type { Exchange, Outcome, QueryServiceParts } from "./exchange.js";
import { answered } from "./exchange.js";
import { changesOf } from "./fault-answer.js";
import { jsonAnswer, toWireError } from "./github-error.js";
import { resolveProperty } from "./github-schema.js";
import type { QueryContext, QueryReads } from "./query-context.js";
import { nothingRead } from "./query-context.js";
import type { Query } from "./query-preparation.js";

interface Run {
  readonly query: Query;
  readonly cost: QueryCost;
  /** By `performance.now()`: GitHub's time begins here. */
  readonly startedAt: number;
}

/** Charges and executes a query that was let in, and answers when GitHub would have. */
export async function runQuery(
  parts: QueryServiceParts,
  exchange: Exchange,
  { query, cost, startedAt }: Run,
): Promise<Outcome> {
  const { schema, settings, gitHubNow } = parts;
  const { user, request, fault } = exchange;
  const snapshot = charge(user.points, exchange.cost, gitHubNow());
  const context = contextOf(parts, exchange, { ...snapshot, ...cost });
  const result = await execute({
    schema,
    document: query.document,
    operationName: query.operation.name?.value ?? null,
    variableValues: query.variables,
    contextValue: context,
    fieldResolver: resolveProperty,
  });
  const { latency } = settings();
  const { ms, isOverWall } = planOf(parts, context.read);
  const gitHubMs = ms + changesOf(fault).delayMs;
  if (latency !== null) exchange.gitHubMs = gitHubMs;
  // What the stand-in took itself is part of it.
  const delayMs = gitHubMs - (latency === null ? 0 : performance.now() - startedAt);
  if (delayMs > 0 && !(await waited(delayMs, request.signal))) return { kind: "reset" };
  if (isOverWall) {
    const points = latency?.wallPoints ?? 0;
    exchange.cost += points;
    charge(user.points, points, gitHubNow());
    const answer = CANNED_ANSWERS[latency?.wallAnswer ?? "timeout-502-json"];
    return answered(answer(request.requestId, gitHubNow()));
  }
  const body = {
    data: result.data,
    ...(result.errors && { errors: result.errors.map(toWireError) }),
  };
  const answer = jsonAnswer(200, body, rateHeaders(snapshot));
  return { kind: fault === "cut" || fault === "stall" ? fault : "answer", answer };
}

function planOf({ settings, random, used, now }: QueryServiceParts, read: QueryReads): Delay {
  for (const databaseId of read.heads) used.look(databaseId, now());
  const work = {
    ...read,
    repositories: read.repositories.size,
    gitRepositories: read.gitRepositories.size,
  };
  return planDelay(settings().latency, work, random);
}

function contextOf(
  { accounts, directory, git, settings }: QueryServiceParts,
  { user, request, fault }: Exchange,
  rateLimit: QueryContext["rateLimit"],
): QueryContext {
  return {
    viewer: user,
    wantsNewIds: request.wantsNewIds,
    cursorMode: settings().cursorMode,
    ...{ accounts, directory, git, rateLimit },
    ...changesOf(fault),
    read: nothingRead(),
  };
}

/** False when the stand-in stopped meanwhile. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
