import { graphql } from "@octokit/graphql";
import { TrackerError } from "../domain/errors.js";
import { withDeadline } from "./deadline.js";
import { classifyAnswer, classifyFailure } from "./github-errors.js";
import { limitsOf, type RawAnswer } from "./raw-answer.js";
import { sendDocument } from "./send-document.js";
import { isTokenShaped } from "./token.js";
import { readViewer, VIEWER_DOCUMENT } from "./viewer-query.js";

/** A token as GitHub sees it. */
export interface TokenFacts {
  readonly userId: bigint;
  readonly login: string;
  /** Of a classic token; null for a fine-grained one, which has permissions instead. */
  readonly scopes: readonly string[] | null;
  /** Null: it does not expire. */
  readonly expiresAt: Date | null;
  readonly remaining: number | undefined;
  readonly limit: number | undefined;
  /** Our clock minus GitHub's, which tells whole seconds; null where it does not tell. */
  readonly clockSkewMs: number | null;
}

export interface InspectTokenOptions {
  /** API root, without a slash at its end. */
  readonly apiUrl: string;
  readonly token: string;
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Asks GitHub once, for a point at most, beside every budget. Rejects with a `TrackerError`. */
export async function inspectToken(options: InspectTokenOptions): Promise<TokenFacts> {
  const { apiUrl, token, userAgent, requestTimeoutMs, signal } = options;
  if (!isTokenShaped(token)) {
    throw new TrackerError("GITHUB_BAD_CREDENTIALS", "It has characters that no token has.");
  }
  const call = graphql.defaults({ baseUrl: apiUrl, headers: { "user-agent": userAgent } });
  const askedAtMs = Date.now();
  const answer = await withDeadline(signal, requestTimeoutMs, (bounded) =>
    sendDocument({ call, token, document: VIEWER_DOCUMENT, variables: {}, signal: bounded }),
  ).catch((error: unknown) => {
    throw classifyFailure(error);
  });
  const answeredAtMs = Date.now();
  const failure = classifyAnswer(answer, answeredAtMs);
  if (failure !== null) throw failure;
  const { limit, remaining } = limitsOf(answer, answeredAtMs);
  return {
    ...readViewer(answer),
    ...{ limit, remaining },
    scopes: scopesOf(answer.headers),
    expiresAt: expiryOf(answer.headers),
    clockSkewMs: skewOf(answer.headers, (askedAtMs + answeredAtMs) / 2),
  };
}

function scopesOf(headers: RawAnswer["headers"]): string[] | null {
  const scopes = headers["x-oauth-scopes"];
  if (scopes === undefined) return null;
  return scopes
    .split(",")
    .map((scope) => scope.trim())
    .filter((scope) => scope !== "");
}

/** Like `2027-01-31 12:00:00 UTC`, or with an offset in place of the zone. */
function expiryOf(headers: RawAnswer["headers"]): Date | null {
  const ms = Date.parse(headers["github-authentication-token-expiration"] ?? "");
  return Number.isNaN(ms) ? null : new Date(ms);
}

function skewOf(headers: RawAnswer["headers"], oursMs: number): number | null {
  const theirsMs = Date.parse(headers.date ?? "");
  return Number.isNaN(theirsMs) ? null : oursMs - (theirsMs + 500); // cut to the second, half of one on average
}
