import type { Finding } from "../../cli/finding.js";
import type { Config } from "../../config/config.js";
import { gitFailureReason } from "../../git/git-failure.js";
import { inspectGit, inspectGitServer } from "../../git/inspect-git.js";
import { GITHUB_REQUEST } from "../github-request.js";
import { placeOf, reasonOf } from "./reason.js";

/** The first whose `cat-file` lists objects as they lie. */
const VERSION_MIN = { major: 2, minor: 19 };
const SERVER_MS_MAX = 5_000;
const INSTEAD = "Histories come by the API until then.";
/** A public one, to ask a server what it can do. */
const ANY_REPOSITORY = { owner: "octocat", name: "Hello-World" };

/** Whether long histories can come by the git protocol: git here, and, where it may be asked, GitHub's git server. */
export async function* gitFindings(
  { gitHub, histories }: Config,
  { isAsked, signal }: { isAsked: boolean; signal: AbortSignal },
): AsyncGenerator<Finding, void, undefined> {
  if (histories.transport === "api") {
    return yield { level: "ok", subject: "git", message: "not used: HISTORY_TRANSPORT=api" };
  }
  const local = await localFinding();
  yield local;
  const [token] = gitHub.tokens;
  if (local.level !== "ok" || token === undefined || !isAsked) return;
  yield await serverFinding(gitHub.gitUrl, token.reveal(), signal);
}

async function localFinding(): Promise<Finding> {
  const subject = "git";
  try {
    const version = await inspectGit();
    if (version === null) {
      return {
        level: "warn",
        subject,
        message: "there is none",
        remedy: `Install git. ${INSTEAD}`,
      };
    }
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const isNew =
      major > VERSION_MIN.major || (major === VERSION_MIN.major && minor >= VERSION_MIN.minor);
    if (isNew) return { level: "ok", subject, message: version };
    const remedy = `It must be ${VERSION_MIN.major}.${VERSION_MIN.minor} or newer. ${INSTEAD}`;
    return { level: "warn", subject, message: version, remedy };
  } catch (error) {
    const message = `does not run: ${error instanceof Error ? error.message : String(error)}`;
    return { level: "warn", subject, message, remedy: INSTEAD };
  }
}

async function serverFinding(gitUrl: string, token: string, signal: AbortSignal): Promise<Finding> {
  const subject = "git server";
  const place = placeOf(gitUrl).replace(/\/$/, "");
  const { userAgent } = GITHUB_REQUEST;
  const call = { gitUrl, repository: ANY_REPOSITORY, token, userAgent, signal };
  try {
    const hasFilters = await inspectGitServer({ ...call, timeoutMs: SERVER_MS_MAX });
    if (hasFilters) return { level: "ok", subject, message: `${place} sends commits alone` };
    const message = `${place} sends no commits without their files`;
    return { level: "warn", subject, message, remedy: INSTEAD };
  } catch (error) {
    signal.throwIfAborted();
    if (gitFailureReason(error) === "not-found") {
      return { level: "ok", subject, message: `answers at ${place}` };
    }
    const message = `${place}: ${reasonOf(error, gitUrl)}`;
    return { level: "warn", subject, message, remedy: `Check GITHUB_GIT_URL. ${INSTEAD}` };
  }
}
