import type { LatencyModel, Span } from "../../../src/github-stand-in/limits/latency.js";

const PAGE = 100;
const LOOKS_A_REQUEST = 50;
const COUNTED_A_PAGE = 1_000;

/** What first histories need at least: each looked at once, read page by page, long ones counted. */
export interface Need {
  readonly gitHubMs: number;
  readonly points: number;
}

/** In the mean of the model's times. */
export function needOf(commitCounts: readonly number[], model: LatencyModel): Need {
  const row = mean(model.databaseMs);
  const head = mean(model.gitMs);
  const base = mean(model.baseMs ?? 0);
  const page = mean(model.pageMs ?? 0);
  const request = (pages: number) => Math.max(base + row + head, page * pages);
  let gitHubMs = 0;
  let points = 0;
  for (const count of commitCounts) {
    gitHubMs += base / LOOKS_A_REQUEST + row + head;
    points += 1 / LOOKS_A_REQUEST;
    for (let left = count; left > 0; left -= PAGE) {
      gitHubMs += request(Math.min(left, PAGE) / PAGE);
      points += 1;
    }
    if (count > PAGE) {
      gitHubMs += request(count / COUNTED_A_PAGE);
      points += 1;
    }
  }
  return { gitHubMs, points };
}

function mean(span: Span): number {
  return typeof span === "number" ? span : (span[0] + span[1]) / 2;
}
