import { faultOf } from "../fault.js";
import type { Finding } from "../finding.js";
import type { ServerClient } from "./server-client.js";
import { UNREACHABLE } from "./server-error.js";

const SUBJECT = "server";
const READY_MS_MAX = 5_000;

const ASK = "{ feed { sequence } rateBudgets { login pausedUntil } }";

interface Answer {
  readonly feed: { readonly sequence: string };
  readonly rateBudgets: readonly { readonly pausedUntil: string | null }[];
}

export interface ServerState {
  readonly finding: Finding;
  /** What GitHub told the server; null where it may be asked. */
  readonly gitHubPausedUntil: Date | null;
}

/** Whether the server is there, has what it needs, and takes our key. */
export async function inspectServer(open: () => ServerClient): Promise<ServerState> {
  let isNamed = true;
  try {
    const server = open();
    isNamed = server.address.isNamed;
    const { origin } = server.address.graphql;
    const failing = await readFailing(server);
    const { feed, rateBudgets } = await server.ask<Answer>(ASK);
    const gitHubPausedUntil = latestOf(rateBudgets.map(({ pausedUntil }) => pausedUntil));
    return { finding: describe(failing, { origin, sequence: feed.sequence }), gitHubPausedUntil };
  } catch (error) {
    return { finding: describeFailure(error, isNamed), gitHubPausedUntil: null };
  }
}

function describe(
  failing: readonly string[] | null,
  { origin, sequence }: { origin: string; sequence: string },
): Finding {
  if (failing !== null && failing.length > 0) {
    const message = `${origin} does not reach: ${failing.join(", ")}`;
    return { level: "FAIL", subject: SUBJECT, message };
  }
  const what = failing === null ? "answers" : "ready";
  return { level: "ok", subject: SUBJECT, message: `${what} at ${origin}, feed at ${sequence}` };
}

/** A machine on which nothing has been started yet has nothing wrong with it. */
function describeFailure(error: unknown, isNamed: boolean): Finding {
  const { message, code, advice } = faultOf(error);
  const level = code === UNREACHABLE && !isNamed ? "warn" : "FAIL";
  return { level, subject: SUBJECT, message, ...(advice !== null && { remedy: advice }) };
}

/** What the server says it lacks; null: it does not say, at least not here. */
async function readFailing({
  address: { readyz },
}: ServerClient): Promise<readonly string[] | null> {
  if (readyz === null) return null;
  try {
    const response = await fetch(readyz, { signal: AbortSignal.timeout(READY_MS_MAX) });
    if (response.ok) return [];
    const { failing } = (await response.json()) as { failing?: readonly string[] };
    return failing ?? null;
  } catch {
    return null; // the question that follows says what is wrong
  }
}

function latestOf(dates: readonly (string | null)[]): Date | null {
  const times = dates.flatMap((date) => (date === null ? [] : Date.parse(date)));
  const latestMs = Math.max(0, ...times);
  return latestMs > Date.now() ? new Date(latestMs) : null;
}
