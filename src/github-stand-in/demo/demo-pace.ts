import type { GitHubStandInControl } from "../control/control.js";
import type { DemoRepository } from "./demo-history.js";

/** Shorter histories are there at once. */
export const LONG_COMMITS = 1_000;
const PACK_BYTES_PER_SECOND = 40_000;
/** Many are asked about at once: each answer comes so much after the one before, none too late. */
const PEOPLE_EVERY_MS = 1_500;
const PEOPLE_ANSWERS = 8;

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
    for (let answer = 1; answer <= PEOPLE_ANSWERS; answer += 1) {
      await standIn.injectFault({
        when: { operationName: "Commits", includes: id },
        answer: { delayMs: answer * PEOPLE_EVERY_MS },
      });
    }
  }
}
