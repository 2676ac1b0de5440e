import type { FeedEvent } from "../client/feed.js";
import type { Output } from "./output.js";
import { count, safeLine } from "./terminal-text.js";
import { zonedTime } from "./time-text.js";

/** A line for each commit, the oldest first as in any log; one line for a page of old history. */
export function describeEvent(event: FeedEvent, paint: Output["paint"]): string {
  const { kind, repository, commits, orphanedOids, restoredOids } = event;
  const begin = `${zonedTime(new Date(event.ingestedAt))}  ${paint("cyan", safeLine(repository.nameWithOwner))}`;
  const commitLines =
    kind === "BACKFILL"
      ? [`${begin}  ${count(commits.length)} commits of its history`]
      : commits.toReversed().map(({ abbreviatedOid, author, messageHeadline }) => {
          const name = safeLine(author.login ?? author.name);
          return `${begin}  ${paint("yellow", abbreviatedOid)}  ${name}  ${safeLine(messageHeadline)}`;
        });
  const rewritten = [
    ...(orphanedOids.length > 0 ? [`${count(orphanedOids.length)} commits left behind`] : []),
    ...(restoredOids.length > 0 ? [`${count(restoredOids.length)} commits back again`] : []),
  ];
  const isSilent = commits.length === 0 && rewritten.length === 0;
  return [
    ...(commits.length > 0 ? commitLines : []),
    ...(rewritten.length > 0 ? [`${begin}  history rewritten: ${rewritten.join(", ")}`] : []),
    ...(isSilent ? [`${begin}  complete at ${event.headOid?.slice(0, 7) ?? "no commit"}`] : []),
  ].join("\n");
}
