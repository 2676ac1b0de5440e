import { withDeadline } from "../github/deadline.js";
import { runGit } from "./git-process.js";
import { type Call, callUploadPack } from "./upload-pack.js";
import { readHasFilters } from "./upload-pack-answer.js";
import { classifyBreak } from "./upload-pack-errors.js";
import { CAPABILITIES } from "./upload-pack-questions.js";

/** Of this machine's git, such as `2.39.5`; null where there is none. Rejects where it does not work. */
export async function inspectGit(): Promise<string | null> {
  try {
    const told = (await runGit("/nonexistent", ["version"])).toString();
    return /\d+\.\d+(?:\.\d+)*/.exec(told)?.[0] ?? "0.0";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Whether a git server can send commits alone. Rejects with `GIT_FAILED`. */
export async function inspectGitServer(
  call: Omit<Call, "now" | "silenceMs"> & { readonly timeoutMs: number },
): Promise<boolean> {
  const { timeoutMs: silenceMs, ...rest } = call;
  try {
    return await withDeadline(call.signal, silenceMs, (signal) =>
      readHasFilters(callUploadPack({ ...rest, signal, silenceMs, now: Date.now }, CAPABILITIES)),
    );
  } catch (error) {
    call.signal.throwIfAborted();
    throw classifyBreak(error);
  }
}
