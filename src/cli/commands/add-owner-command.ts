import { Command } from "@commander-js/extra-typings";
import { parseDate } from "../argument.js";
import { askUntil, PATIENCE_SECONDS } from "../patience.js";
import { count } from "../terminal/terminal-text.js";
import type { Tools } from "../tools.js";

interface Listed {
  readonly nameWithOwner: string;
  readonly isTracked: boolean;
  readonly estimatedPoints: number;
}

interface Listing {
  readonly login: string;
  readonly isFinished: boolean;
  readonly totalCount: number | null;
  readonly listedCount: number;
  readonly addedCount: number;
  readonly hiddenCount: number;
  readonly estimatedPoints: number;
  readonly repositories: readonly Listed[];
}

const ADD_OWNER = `mutation (
  $login: String!, $dryRun: Boolean!, $includeForks: Boolean!, $includeArchived: Boolean!
  $trackFrom: DateTime
) {
  addOwner(
    login: $login, dryRun: $dryRun, includeForks: $includeForks, includeArchived: $includeArchived
    trackFrom: $trackFrom
  ) {
    login isFinished totalCount listedCount addedCount hiddenCount estimatedPoints
    repositories {
      nameWithOwner isFork isArchived isPrivate isTracked estimatedPoints repositoryId
    }
  }
}`;
const ANSWER_MS_MAX = 45_000; // the server answers after 25 seconds, finished or not

const COLUMNS = [
  { title: "REPOSITORY", of: (row: Listed) => row.nameWithOwner, cutAt: "start" as const },
  { title: "POINTS", of: (row: Listed) => row.estimatedPoints },
  { title: "", of: (row: Listed) => (row.isTracked ? "tracked already" : "") },
];

export function addOwnerCommand({ server, output, answerNo }: Tools) {
  return new Command("add-owner")
    .description("Tracks all repositories of a user or an organisation.")
    .argument("<login>", "of the user or the organisation, or its page's address")
    .option("--dry-run", "only list them, with what they would cost", false)
    .option("--forks", "forks of other repositories too", false)
    .option("--archived", "those that are read-only too", false)
    .option("--track-from <date>", "leave out history committed before it", parseDate)
    .action(async (login, { dryRun, forks, archived, trackFrom }) => {
      const variables = {
        ...{ login, dryRun, includeForks: forks, includeArchived: archived, trackFrom },
      };
      let listedBefore: number | null = null;
      const listing = await askUntil(
        async () => {
          const options = { answerMsMax: ANSWER_MS_MAX };
          const answer = await server().ask<{ addOwner: Listing }>(ADD_OWNER, variables, options);
          return answer.addOwner;
        },
        async ({ isFinished, listedCount, totalCount }, beginAgain) => {
          if (isFinished) return true;
          if (listedCount !== listedBefore) beginAgain();
          listedBefore = listedCount;
          await output.note(`${count(listedCount)} of ${totalCount ?? "?"} listed`);
          return false;
        },
        { timeoutMs: PATIENCE_SECONDS * 1_000, output },
      );
      if (listing === null) {
        answerNo();
        const message = `Not all of ${login} are listed, and nothing has moved for ${PATIENCE_SECONDS} seconds.`;
        const advice = "Send the same again to go on waiting; `tracker doctor` tells of GitHub.";
        return await output.fault({ message, code: "TIMEOUT", advice });
      }
      await output.table(COLUMNS)(listing.repositories);
      await output.note(describe(listing, dryRun));
    });
}

function describe({ login, listedCount, hiddenCount, ...counts }: Listing, isDry: boolean): string {
  const { addedCount, estimatedPoints } = counts;
  const added = isDry ? "would be added" : "added";
  return [
    `${count(listedCount)} of ${login}, ${count(addedCount)} ${added}`,
    `about ${count(estimatedPoints)} points for their histories`,
    ...(hiddenCount > 0 ? [`${count(hiddenCount)} hidden from the token`] : []),
  ].join(", ");
}
