import type { Finding } from "../../cli/finding.js";
import type { Config } from "../../config/config.js";
import { isTrackerError } from "../../domain/errors.js";
import { inspectToken, type TokenFacts } from "../../github/inspect-token.js";
import { GITHUB_REQUEST } from "../github-request.js";

const DAY_MS = 24 * 3_600 * 1_000;
const EXPIRY_DAYS_MIN = 14;
const REMAINING_SHARE_MIN = 0.1;
const SKEW_SECONDS_MAX = 10;
/** Scopes that reading needs none of. */
const NEEDLESS_SCOPE = /^(admin|write|delete|workflow|gist|user$)/;
const NEW_TOKEN = "Make a new one at https://github.com/settings/tokens.";

/** What GitHub says of each token, and of our clock. Nothing is asked before `pausedUntil`. */
export async function* tokenFindings(
  { gitHub }: Config,
  { pausedUntil, signal }: { pausedUntil: Date | null; signal: AbortSignal },
): AsyncGenerator<Finding, void, undefined> {
  const subject = "github";
  if (pausedUntil !== null) {
    const message = `not asked: it said to wait until ${pausedUntil.toISOString()}`;
    return yield { level: "warn", subject, message, remedy: "Run this again then." };
  }
  const known: { subject: string; facts: TokenFacts }[] = [];
  for (const [index, token] of gitHub.tokens.entries()) {
    const named = `github token ${index + 1}`;
    const { apiUrl } = gitHub;
    try {
      const facts = await inspectToken({
        apiUrl,
        token: token.reveal(),
        ...GITHUB_REQUEST,
        signal,
      });
      yield* describeToken(facts, named);
      const twin = known.find(({ facts: { userId } }) => userId === facts.userId);
      if (twin !== undefined) yield describeTwin(facts, named, twin.subject);
      known.push({ subject: named, facts });
    } catch (error) {
      yield describeFailure(error, named);
    }
  }
  const skews = known.flatMap(({ facts: { clockSkewMs } }) => clockSkewMs ?? []);
  if (skews[0] !== undefined) yield describeSkew(skews[0]);
}

function* describeToken(facts: TokenFacts, subject: string): Generator<Finding, void, undefined> {
  const { login, scopes, expiresAt, remaining, limit } = facts;
  const budget = remaining === undefined ? [] : [`${remaining} of ${limit ?? "?"} points left`];
  const expiry =
    expiresAt === null ? "does not expire" : `expires ${expiresAt.toISOString().slice(0, 10)}`;
  const message = [login, describeScopes(scopes), expiry, ...budget].join(", ");
  yield { level: "ok", subject, message };
  const daysLeft = expiresAt === null ? null : (expiresAt.getTime() - Date.now()) / DAY_MS;
  if (daysLeft !== null && daysLeft < EXPIRY_DAYS_MIN) {
    const soon = `expires in ${Math.max(0, Math.floor(daysLeft))} days`;
    yield { level: "warn", subject, message: soon, remedy: NEW_TOKEN };
  }
  const needless = scopes?.filter((scope) => NEEDLESS_SCOPE.test(scope)) ?? [];
  if (needless.length > 0) {
    const more = `may do more than it needs (${needless.join(", ")})`;
    const remedy = "Public repositories need no scope, private ones `repo`.";
    yield { level: "warn", subject, message: more, remedy };
  }
  if (remaining !== undefined && limit !== undefined && remaining < limit * REMAINING_SHARE_MIN) {
    const remedy = "Checks become rare until the hour is over; another user's token adds a budget.";
    yield { level: "warn", subject, message: `${remaining} of ${limit} points left`, remedy };
  }
}

function describeScopes(scopes: TokenFacts["scopes"]): string {
  if (scopes === null) return "fine-grained";
  return scopes.length === 0 ? "no scopes: public repositories only" : `scopes ${scopes.join(" ")}`;
}

function describeTwin({ login }: TokenFacts, subject: string, twin: string): Finding {
  const message = `${login}'s, as ${twin} is: the two share one budget`;
  return { level: "warn", subject, message, remedy: "Only tokens of other users add to it." };
}

function describeFailure(error: unknown, subject: string): Finding {
  if (!isTrackerError(error)) throw error;
  const { code, message } = error;
  if (code === "GITHUB_BAD_CREDENTIALS")
    return { level: "FAIL", subject, message, remedy: NEW_TOKEN };
  if (code === "GITHUB_RATE_LIMITED") return { level: "warn", subject, message };
  const remedy = "See https://www.githubstatus.com, the network, and GITHUB_API_URL.";
  return { level: "FAIL", subject, message, remedy };
}

function describeSkew(skewMs: number): Finding {
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const message = `${seconds} s ${skewMs < 0 ? "behind" : "ahead of"} GitHub's`;
  const subject = "clock";
  if (seconds <= SKEW_SECONDS_MAX) return { level: "ok", subject, message };
  return { level: "warn", subject, message, remedy: "Set it by NTP: waits and dates go by it." };
}
