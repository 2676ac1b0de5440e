import { readFile } from "node:fs/promises";
import type { Finding } from "../../cli/finding.js";

const PACKAGE = new URL("../../../package.json", import.meta.url);

/** Whether this Node.js is one that `engines` in package.json takes: `>=MAJOR.MINOR`. */
export async function nodeFinding(version: string): Promise<Finding> {
  const { engines } = JSON.parse(await readFile(PACKAGE, "utf8")) as { engines: { node: string } };
  const [major = 0, minor = 0] = numbersOf(version);
  const [majorMin = 0, minorMin = 0] = numbersOf(engines.node);
  const isNew = major > majorMin || (major === majorMin && minor >= minorMin);
  const facts = { subject: "node", message: version };
  if (isNew) return { level: "ok", ...facts };
  return { level: "FAIL", ...facts, remedy: `It must be ${engines.node}: https://nodejs.org.` };
}

function numbersOf(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}
