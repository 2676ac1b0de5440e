import { createInterface } from "node:readline";
import { TrackerError } from "../domain/errors.js";
import { safeLine } from "./terminal/terminal-text.js";

/** Whether a question was answered with yes. */
export type Confirm = (question: string) => Promise<boolean>;

/** What a command that takes something away says of its option. */
export const YES_OPTION = "without asking; needed where there is no terminal to ask on";

/**
 * Asks a person before something is taken away: anything but `y` and `yes` is no. With `isYes` nobody
 * is asked. `BAD_USER_INPUT`, before anything is done, where nobody could be.
 */
export function createConfirm(
  { stdin, stderr }: { stdin: NodeJS.ReadStream; stderr: NodeJS.WriteStream },
  isYes: boolean,
): Confirm {
  if (isYes) return async () => true;
  if (stdin.isTTY === true && stderr.isTTY === true) {
    return async (question) => {
      stderr.write(`${safeLine(question)} [y/N] `);
      return /^y(?:es)?$/i.test((await readLine(stdin)).trim());
    };
  }
  const why = "It asks before anything is deleted, and there is no terminal to ask on";
  throw new TrackerError("BAD_USER_INPUT", `${why}. Nothing was done; --yes does it unasked.`);
}

/** Empty at the end of what is typed. The terminal keeps its ways with lines, and with Ctrl-C. */
async function readLine(stdin: NodeJS.ReadStream): Promise<string> {
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    return await new Promise((resolve) => {
      lines.once("line", resolve).once("close", () => resolve(""));
    });
  } finally {
    lines.close();
  }
}
