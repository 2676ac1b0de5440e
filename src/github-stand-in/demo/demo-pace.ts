import type { GitHubStandInControl } from "../control/control.js";
import type { DemoRepository } from "./demo-history.js";

/** Shorter histories are there at once. */
export const LONG_COMMITS = 1_000;
const PACK_BYTES_PER_SECOND = 60_000;
/** Of each answer about people: a page of a thousand waits for one or two. */
const PEOPLE_MS = 3_000;

/** Has long histories come in as slowly as from far away, so that somebody sees it; all else is as quick as ever. */
export async function paceHistories(
  standIn: GitHubStandInControl,
  repositories: readonly DemoRepository[],
): Promise<void> {
  for (const { id, nameWithOwner, project } of repositories) {
    if (project.commitCount < LONG_COMMITS) continue;
    await standIn.injectFault({
      when: { operationName: "git fetch", asksByName: nameWithOwner },
      answer: { bytesPerSecond: PACK_BYTES_PER_SECOND },
      times: "always",
    });
    await standIn.injectFault({
      when: { operationName: "Commits", includes: id },
      answer: { delayMs: PEOPLE_MS },
      times: "always",
    });
  }
}
