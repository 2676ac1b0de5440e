import type { TrackerError } from "../domain/errors.js";
import { withDeadline } from "../github/deadline.js";
import { gitFailure, gitFailureReason } from "./git-failure.js";
import type { HistoryOptions, RepositoryName } from "./git-histories.js";
import type { GitLimits } from "./git-limits.js";
import type { Call } from "./upload-pack.js";
import { classifyBreak } from "./upload-pack-errors.js";

export interface GitCallsOptions {
  readonly gitUrl: string;
  readonly tokens: readonly string[];
  readonly userAgent: string;
  readonly limits: GitLimits;
  readonly now: () => number;
}

/** Of tokens that are tried for one repository: it may be another one's to see. */
const TOKENS_TRIED_MAX = 3;

/** The tokens in turn, and what GitHub said of waiting. */
export class GitCalls {
  #turn = 0;
  #pausedUntil = new Date(0);

  constructor(private readonly options: GitCallsOptions) {}

  /** Does the work with one token after the other, as long as it fails for what may be the token's fault. */
  async run<T>(
    repository: RepositoryName,
    { signal, onBytes }: HistoryOptions,
    work: (call: Call) => Promise<T>,
  ): Promise<T> {
    const { gitUrl, tokens, userAgent, limits, now } = this.options;
    const begin = this.#turn;
    this.#turn += 1;
    const call = { gitUrl, repository, userAgent, now, silenceMs: limits.silenceMsMax };
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted();
      this.#refuseWhilePaused();
      const token = tokens[(begin + tries) % Math.max(tokens.length, 1)] ?? null;
      try {
        return await withDeadline(signal, limits.arrivalMsMax, (bounded) =>
          work({ ...call, token, signal: bounded, ...(onBytes !== undefined && { onBytes }) }),
        );
      } catch (error) {
        signal.throwIfAborted();
        const failure = classifyBreak(error);
        const { retryAt } = failure.details;
        if (retryAt !== undefined && retryAt > this.#pausedUntil) this.#pausedUntil = retryAt;
        const isLast = tries >= Math.min(tokens.length, TOKENS_TRIED_MAX);
        if (isLast || !isOfToken(failure)) throw failure;
      }
    }
  }

  #refuseWhilePaused(): void {
    const retryAt = this.#pausedUntil;
    if (this.options.now() >= retryAt.getTime()) return;
    const message = `GitHub said to wait; no history before ${retryAt.toISOString()}.`;
    throw gitFailure("rate-limited", message, { retryAt });
  }
}

function isOfToken(failure: TrackerError): boolean {
  const reason = gitFailureReason(failure);
  return (
    reason === "refused" || (reason === "not-found" && failure.details.missingOid === undefined)
  );
}
