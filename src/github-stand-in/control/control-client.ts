import type { GitHubStandInControl } from "./control.js";
import { CONTROL_VERBS } from "./control.js";

const CALL_MS_MAX = 120_000; // a large push takes seconds

/** Controls a stand-in that runs in another process, by its `url`. */
export function connectGitHubStandIn(url: string): GitHubStandInControl {
  const verbs = CONTROL_VERBS.map((verb) => [
    verb,
    (...args: readonly unknown[]) => call(`${url}/_control/${verb}`, args),
  ]);
  return Object.fromEntries(verbs) as GitHubStandInControl;
}

async function call(url: string, args: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(args),
    signal: AbortSignal.timeout(CALL_MS_MAX),
  });
  const answer = (await response.json()) as { result?: unknown; error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.result;
}
