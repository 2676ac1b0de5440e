import { Command } from "@commander-js/extra-typings";
import { parseOid, parseSeconds } from "../argument.js";
import type { ServerClient } from "../client/server-client.js";
import { ServerError } from "../client/server-error.js";
import { askUntil, PATIENCE_SECONDS } from "../patience.js";
import { safeLine } from "../terminal/terminal-text.js";
import type { Tools } from "../tools.js";

interface Awaited {
  readonly oid: string;
  readonly messageHeadline: string;
  readonly firstSeenAt: string;
}

const FIELDS = `oid messageHeadline committedAt firstSeenAt reachable sequence url
  author { name email login }`;
const AWAIT = `mutation ($repository: String!, $oid: String!, $timeout: Int!) {
  awaitCommit(repository: $repository, oid: $oid, timeout: $timeout) { commit { ${FIELDS} } }
}`;
const CALL_SECONDS_MAX = 30; // of one call; it is followed by another
const ANSWER_MS_MAX = (CALL_SECONDS_MAX + 15) * 1_000;

export function waitForCommand({ server, output, answerNo }: Tools) {
  return new Command("wait-for")
    .description(
      "Waits until a commit is stored, and has GitHub asked for it; no: it is not in time.",
    )
    .argument("<repository>", "owner/name, or an id")
    .argument("<oid>", "its whole object id", parseOid)
    .option("--timeout <seconds>", "wait no longer", parseSeconds, PATIENCE_SECONDS)
    .action(async (repository, oid, { timeout }) => {
      const find = createFind(server(), { repository, oid });
      const stored = await askUntil(find, (commit) => commit !== null, {
        ...{ timeoutMs: timeout * 1_000, output },
      });
      if (stored !== null) {
        return await output.print(stored, ({ messageHeadline, firstSeenAt }) =>
          safeLine(`${oid}  stored ${output.time(firstSeenAt)}  ${messageHeadline}`),
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

/** Null when it was not stored within one call. */
function createFind(server: ServerClient, wanted: { repository: string; oid: string }) {
  return async (leftMs: number): Promise<Awaited | null> => {
    const timeout = Math.min(CALL_SECONDS_MAX, Math.ceil(leftMs / 1_000));
    try {
      const { awaitCommit } = await server.ask<{ awaitCommit: { commit: Awaited } }>(
        AWAIT,
        { ...wanted, timeout },
        { answerMsMax: ANSWER_MS_MAX },
      );
      return awaitCommit.commit;
    } catch (error) {
      if (error instanceof ServerError && error.code === "TIMEOUT") return null;
      throw error;
    }
  };
}
