import type { Commit } from "./commit.js";

/** Whoever follows the feed holds an event whole. */
const COMMITS_MAX = 1_000;
const MESSAGE_LENGTH_MAX = 1_024 * 1_024;

/** A page's commits as events store them: one event of all but a very large page. */
export function eventSlices(commits: readonly Commit[]): Commit[][] {
  const slices: Commit[][] = [];
  let length = 0;
  for (const commit of commits) {
    const last = slices.at(-1);
    length += commit.message.length;
    if (last === undefined || last.length === COMMITS_MAX || length > MESSAGE_LENGTH_MAX) {
      slices.push([commit]);
      length = commit.message.length;
    } else {
      last.push(commit);
    }
  }
  return slices;
}
