import { Command } from "@commander-js/extra-typings";
import { REPOSITORY_FIELDS, type Repository, requireRepository } from "../client/repository.js";
import type { Output } from "../terminal/output.js";
import { count, padEnd, safeLine } from "../terminal/terminal-text.js";
import { zonedTime } from "../terminal/time-text.js";
import type { Tools } from "../tools.js";

interface Shown extends Repository {
  readonly url: string;
  readonly defaultBranch: string | null;
  readonly trackFrom: string | null;
  readonly lastCheckedAt: string | null;
  readonly lastFetchedAt: string | null;
  readonly nextCheckAt: string | null;
  readonly checkReason: string;
  readonly attempts: number;
  readonly freshness: {
    readonly isFresh: boolean;
    readonly lagSeconds: number | null;
    readonly reason: string | null;
  };
  readonly completeness: {
    readonly complete: boolean;
    readonly isChecking: boolean;
    readonly checkedAt: string | null;
    readonly untoldOids: readonly string[];
  };
}

const FIELDS = `${REPOSITORY_FIELDS} url defaultBranch trackFrom isArchived isPrivate createdAt
  lastCheckedAt lastFetchedAt nextCheckAt checkReason checkIntervalSeconds attempts
  freshness { isFresh headCheckedAt lagSeconds reason }
  completeness { complete isChecking checkedAt storedCount githubCount untoldOids error }`;

export function showCommand({ server, output }: Tools) {
  return new Command("show")
    .description("Shows where one repository stands.")
    .argument("<repository>", "owner/name, or an id")
    .action(async (ref) => {
      const shown = await requireRepository<Shown>(server(), ref, FIELDS);
      await output.print(shown, () => describe(shown, output));
    });
}

function describe(shown: Shown, { time }: Output): string {
  const { completeness, lastError, trackFrom } = shown;
  const lines: [string, string][] = [
    ["repository", shown.nameWithOwner],
    ["url", shown.url],
    ["state", shown.state],
    ["commits", `${count(shown.commitCount)}, ${describeCompleteness(completeness, time)}`],
    ["branch", shown.defaultBranch ?? "-"],
    ["head", shown.headOid ?? "-"],
    ...(trackFrom === null
      ? []
      : [["since", zonedTime(new Date(trackFrom))] satisfies [string, string]]),
    ["fresh", describeFreshness(shown.freshness)],
    ["last check", time(shown.lastCheckedAt)],
    ["last commits", time(shown.lastFetchedAt)],
    ["next check", describeNextCheck(shown, time)],
    ...(lastError === null
      ? []
      : [["error", `${lastError} (attempt ${shown.attempts})`] satisfies [string, string]]),
    ["id", shown.id],
  ];
  return lines.map(([name, value]) => `${padEnd(name, 14)}${safeLine(value)}`).join("\n");
}

function describeFreshness({ isFresh, lagSeconds, reason }: Shown["freshness"]): string {
  if (isFresh) return `yes, as of ${lagSeconds} s ago`;
  return lagSeconds === null ? `no (${reason})` : `no (${reason}), ${lagSeconds} s behind`;
}

function describeNextCheck({ nextCheckAt, checkReason }: Shown, time: Output["time"]): string {
  return nextCheckAt === null ? "none is due" : `${time(nextCheckAt)} (${checkReason})`;
}

function describeCompleteness(completeness: Shown["completeness"], time: Output["time"]): string {
  const { complete, isChecking, checkedAt, untoldOids } = completeness;
  if (isChecking) return "being verified";
  if (untoldOids.length > 0) return `all but ${untoldOids.length} that GitHub does not tell`;
  if (!complete) return "not complete yet";
  return checkedAt === null ? "complete" : `complete, verified ${time(checkedAt)}`;
}
