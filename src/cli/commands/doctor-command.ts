import { Command } from "@commander-js/extra-typings";
import { inspectServer } from "../client/server-findings.js";
import type { Finding } from "../finding.js";
import type { Output } from "../terminal/output.js";
import { padEnd, safeLine } from "../terminal/terminal-text.js";
import type { Tools } from "../tools.js";

const SUBJECT_WIDTH = 16;
const COLOUR = { ok: "green", warn: "yellow", FAIL: "red" } as const;

export function doctorCommand({ server, output, answerNo, local }: Tools) {
  return new Command("doctor")
    .description(
      "Checks this machine's configuration and the server, and says what to do; no: something FAILs.",
    )
    .action(async () => {
      const show = async (found: Finding) => {
        if (found.level === "FAIL") answerNo();
        await output.print(found, () => describe(found, output));
      };
      // First of all, since it knows whether GitHub may be asked anything.
      const { finding, gitHubPausedUntil } = await inspectServer(server);
      for await (const found of local.diagnose({ gitHubPausedUntil })) await show(found);
      await show(finding);
    });
}

function describe({ level, subject, message, remedy }: Finding, { paint }: Output): string {
  const text = remedy === undefined ? message : `${message.replace(/\.$/, "")}. ${remedy}`;
  const label = paint(COLOUR[level], level.padEnd(4));
  return `${label}  ${padEnd(subject, SUBJECT_WIDTH)}  ${safeLine(text)}`;
}
