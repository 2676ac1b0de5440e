import { isTrackerError } from "../domain/errors.js";
import { readArrived } from "./arrived-history.js";
import { ArrivingPack } from "./arriving-pack.js";
import { GitCalls, type GitCallsOptions } from "./git-calls.js";
import { gitFailure } from "./git-failure.js";
import type { GitHistories, GitHistory, HistoryWanted } from "./git-histories.js";
import { GIT_LIMITS, type GitLimits } from "./git-limits.js";
import { endAtKnown, requireCommitsOnly } from "./known-commits.js";
import { removeLeftovers } from "./scratch-folder.js";
import { ScratchRepository } from "./scratch-repository.js";
import { type Call, callUploadPack } from "./upload-pack.js";
import { packOf, readHasFilters } from "./upload-pack-answer.js";
import { CAPABILITIES, historyQuestion } from "./upload-pack-questions.js";

export interface UploadPackOptions extends Pick<GitCallsOptions, "tokens" | "userAgent"> {
  /** Of the git server, without a slash at its end: a repository is at `/OWNER/NAME.git` behind it. */
  readonly gitUrl: string;
  /** Where what comes is kept until it is read: not in memory, and not on a full disk. */
  readonly folder: string;
  readonly limits?: Partial<GitLimits>;
  readonly now?: () => number;
}

/**
 * Histories from GitHub's git server: we make the request, and git, which has neither network nor token,
 * indexes and reads what comes. Removes first what processes that are gone have left in the folder.
 */
export async function openUploadPackHistories(options: UploadPackOptions): Promise<GitHistories> {
  const { folder, now = Date.now } = options;
  const limits = { ...GIT_LIMITS, ...options.limits };
  const calls = new GitCalls({ ...options, limits, now });
  await removeLeftovers(folder);

  async function arrive(wanted: HistoryWanted, call: Call, signal: AbortSignal) {
    const { oid, have = [] } = wanted;
    const scratch = await ScratchRepository.make(folder);
    try {
      const bounds = { signal: call.signal, silenceMs: limits.silenceMsMax };
      const bytesMax = limits.commitBytesMax;
      const pack = new ArrivingPack(folder, limits);
      const packets = callUploadPack(call, historyQuestion(oid, have));
      const pieces = pack.pass(packOf(packets, call.token));
      await scratch.index(pieces, { ...bounds, bytesMax: limits.packBytesMax });
      const { count, bytes } = pack;
      if (count === 0 && have.length === 0) throw nothing();
      await requireCommitsOnly(scratch, bounds);
      if (have.length > 0) await endAtKnown(scratch, { ...bounds, bytesMax });
      return readArrived({ oid, count, bytes, scratch, bounds: { ...bounds, signal, bytesMax } });
    } catch (error) {
      await scratch.close();
      throw (await isForFilters(error, call)) ? withoutFilters() : error;
    }
  }

  return {
    async open(wanted, callOptions) {
      const { signal } = callOptions;
      const history = await calls.run(wanted, callOptions, (call) => arrive(wanted, call, signal));
      return closedByAbort(history, signal);
    },
  };
}

/** Git's own server, asked for what it cannot do, says nothing at all. */
async function isForFilters(error: unknown, call: Call): Promise<boolean> {
  if (!isTrackerError(error) || error.details.isEmpty !== true) return false;
  return !(await readHasFilters(callUploadPack(call, CAPABILITIES)));
}

/** Whoever aborts need not close. */
function closedByAbort(history: GitHistory, signal: AbortSignal): GitHistory {
  const onAbort = () => void history.close().catch(() => {}); // whoever closes it is told
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    ...history,
    close: async () => {
      signal.removeEventListener("abort", onAbort);
      await history.close();
    },
  };
}

function withoutFilters() {
  return gitFailure(
    "no-filters",
    "GitHub's git server gives histories with all of their files only.",
  );
}

function nothing() {
  return gitFailure("malformed", "GitHub's answer holds an empty history.");
}
