import { Command } from "@commander-js/extra-typings";
import { parseOid, parseSeconds } from "../argument.js";
import { askUntil } from "../patience.js";
import { localTime, safeLine } from "../terminal-text.js";
import type { Tools } from "../tools.js";

interface Awaited {
  readonly oid: string;
  readonly messageHeadline: string;
  readonly firstSeenAt: string;
}

const COMMIT = `query ($repository: String!, $oid: String!) {
  commit(repository: $repository, oid: $oid) {
    oid messageHeadline committedAt firstSeenAt reachable sequence url author { name email login }
  }
}`;
const TIMEOUT_SECONDS = 300;

export function waitForCommand({ server, output, answerNo }: Tools) {
  return new Command("wait-for")
    .description("Waits until a commit is stored; no: it is not in time.")
    .argument("<repository>", "owner/name, or an id")
    .argument("<oid>", "its whole object id", parseOid)
    .option("--timeout <seconds>", "wait no longer", parseSeconds, TIMEOUT_SECONDS)
    .action(async (repository, oid, { timeout }) => {
      const found = await askUntil(
        () => server().ask<{ commit: Awaited | null }>(COMMIT, { repository, oid }),
        ({ commit }) => commit !== null,
        { timeoutMs: timeout * 1_000, output },
      );
      const stored = found?.commit ?? null;
      if (stored !== null) {
        return await output.print(stored, ({ messageHeadline, firstSeenAt }) =>
          safeLine(`${oid}  stored ${localTime(firstSeenAt)}  ${messageHeadline}`),
        );
      }
      answerNo();
      await output.fault({
        message: `${oid} was not stored within ${timeout} seconds.`,
        code: "TIMEOUT",
        advice: `\`tracker show ${repository}\` tells where the repository stands.`,
      });
    });
}
