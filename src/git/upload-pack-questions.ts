import type { Oid } from "../domain/commit.js";
import { DELIMITER, FLUSH, packet } from "./pkt-line.js";

/** What a git server is asked. https://git-scm.com/docs/protocol-v2 */
export interface Question {
  /** Behind the repository's address. */
  readonly place: "git-upload-pack" | "info/refs";
  /** Null: the question is the address itself. */
  readonly body: string | null;
  readonly answerType: string;
}

const SERVICE = "git-upload-pack";

/** What the server can do. */
export const CAPABILITIES: Question = {
  ...{ place: "info/refs", body: null },
  answerType: `application/x-${SERVICE}-advertisement`,
};

/** The commits of a history alone, all of them in one pack. */
export function historyQuestion(oid: Oid, have: readonly Oid[]): Question {
  const format = `object-format=${oid.length === 64 ? "sha256" : "sha1"}`;
  const how = ["no-progress", "ofs-delta", "filter tree:0"];
  const known = have.map((each) => `have ${each}`);
  return {
    place: SERVICE,
    body:
      linesOf("command=fetch", format) +
      DELIMITER +
      linesOf(...how, `want ${oid}`, ...known, "done") +
      FLUSH,
    answerType: `application/x-${SERVICE}-result`,
  };
}

function linesOf(...lines: readonly string[]): string {
  return lines.map((line) => packet(`${line}\n`)).join("");
}
