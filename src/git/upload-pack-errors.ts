import { isTrackerError, type TrackerError } from "../domain/errors.js";
import { aMinuteFrom, requestIdOf, retryAfter } from "../github/raw-answer.js";
import { storableText } from "../github/storable.js";
import { withoutBasic } from "./basic-token.js";
import { type GitFailureReason, gitFailure } from "./git-failure.js";

const DISK_CODES = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOTDIR", "EEXIST"]);
const WORDS_MAX = 300;
const WORDS_BYTES_MAX = 2_048;
const REASONS: ReadonlyMap<number, GitFailureReason> = new Map([
  [401, "refused"],
  [403, "refused"],
  [404, "not-found"],
  [410, "not-found"],
  [451, "refused"],
]);

/** Judges an answer that is no answer of the git protocol, by its status and headers. */
export async function classifyResponse(
  response: Response,
  token: string | null,
  nowMs: number,
): Promise<TrackerError> {
  const { status } = response;
  const headers = Object.fromEntries(response.headers);
  const words = shown(await wordsOf(response), token);
  const details = { ...requestIdOf(headers), status };
  const toldRetryAt = retryAfter(headers, nowMs);
  const isLimit = status === 429 || /rate limit|temporarily limiting/i.test(words);
  if (isLimit || (toldRetryAt !== null && status >= 403 && status !== 404)) {
    const retryAt = toldRetryAt ?? aMinuteFrom(nowMs);
    const message = `GitHub said to wait; no history before ${retryAt.toISOString()}.`;
    return gitFailure("rate-limited", message, { ...details, retryAt });
  }
  const reason = REASONS.get(status) ?? (status >= 500 ? "unreachable" : "malformed");
  return gitFailure(reason, `GitHub answered with HTTP ${status}. ${words}`.trim(), details);
}

/** Judges what a server says in place of what was asked for. */
export function classifyError(said: string, token: string | null): TrackerError {
  const words = shown(said, token);
  const [, missingOid] = /not our ref ([\da-f]{40,64})/.exec(words) ?? [];
  if (missingOid !== undefined) {
    const message = `GitHub no longer has the commit ${missingOid}.`;
    return gitFailure("not-found", message, { missingOid });
  }
  const reason = /filter/i.test(words) ? "no-filters" : "malformed";
  return gitFailure(reason, `GitHub's git server said: ${words}`);
}

/** Judges a request that was not answered to its end. The caller's own abort is not its business. */
export function classifyBreak(cause: unknown): TrackerError {
  if (isTrackerError(cause)) return cause;
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const isTimeout = [cause, inner].some(
    (each) => each instanceof Error && each.name === "TimeoutError",
  );
  if (isTimeout)
    return gitFailure("timed-out", "The history did not arrive in time.", {}, { cause });
  const { code, message } = (inner ?? {}) as NodeJS.ErrnoException;
  if (DISK_CODES.has(code ?? "")) {
    return gitFailure(
      "no-disk",
      `The folder for histories cannot be written (${code}).`,
      {},
      { cause },
    );
  }
  const why = storableText(String(code ?? message)).slice(0, WORDS_MAX);
  return gitFailure("unreachable", `GitHub's git server broke off (${why}).`, {}, { cause });
}

/** The beginning of what it says, be there more or not. */
async function wordsOf({ body, headers }: Response): Promise<string> {
  const isText = headers.get("content-type")?.startsWith("text/plain") === true;
  const reader = body?.getReader();
  if (reader === undefined) return "";
  const chunks: Uint8Array[] = [];
  try {
    for (let bytes = 0; isText && bytes < WORDS_BYTES_MAX; ) {
      const { value } = await reader.read();
      if (value === undefined) break;
      bytes += value.byteLength;
      chunks.push(value);
    }
  } catch {
    // What has come says enough.
  } finally {
    await reader.cancel().catch(() => {});
  }
  return Buffer.concat(chunks).toString("utf8").replace(/\s+/g, " ").trim();
}

function shown(text: string, token: string | null): string {
  return storableText(withoutBasic(text.trim(), token)).slice(0, WORDS_MAX);
}
