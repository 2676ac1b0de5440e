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
    const finding: Finding =
      failing === null
        ? { level: "ok", subject: SUBJECT, message: `ready at ${origin}, feed at ${feed.sequence}` }
        : { level: "FAIL", subject: SUBJECT, message: `${origin} does not reach: ${failing}` };
    return { finding, gitHubPausedUntil };
  } catch (error) {
    return { finding: describeFailure(error, isNamed), gitHubPausedUntil: null };
  }
}

/** A machine on which nothing has been started yet has nothing wrong with it. */
function describeFailure(error: unknown, isNamed: boolean): Finding {
  const { message, code, advice } = faultOf(error);
  const level = code === UNREACHABLE && !isNamed ? "warn" : "FAIL";
  return { level, subject: SUBJECT, message, ...(advice !== null && { remedy: advice }) };
}

/** What the server says it lacks; null: nothing, or it does not say. */
async function readFailing({ address }: ServerClient): Promise<string | null> {
  try {
    const response = await fetch(address.readyz, { signal: AbortSignal.timeout(READY_MS_MAX) });
    if (response.ok) return null;
    const { failing } = (await response.json()) as { failing?: readonly string[] };
    return failing?.join(", ") ?? null;
  } catch {
    return null; // the question that follows says what is wrong
  }
}

function latestOf(dates: readonly (string | null)[]): Date | null {
  const times = dates.flatMap((date) => (date === null ? [] : Date.parse(date)));
  const latestMs = Math.max(0, ...times);
  return latestMs > Date.now() ? new Date(latestMs) : null;
}
