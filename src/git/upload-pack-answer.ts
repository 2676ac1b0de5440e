import { gitFailure } from "./git-failure.js";
import type { Packet } from "./pkt-line.js";
import { classifyError } from "./upload-pack-errors.js";

/** What a packet of a pack's section is, by its first byte. */
const PACK = 1;
const PROGRESS = 2;
const FATAL = 3;

/** The bytes of the pack out of the answer to a fetch; ends only with a whole one. */
export async function* packOf(
  packets: AsyncIterable<Packet>,
  token: string | null,
): AsyncGenerator<Buffer, void, undefined> {
  let isPack = false;
  for await (const each of wholeOf(packets)) {
    if (isPack && each[0] === PACK) yield each.subarray(1);
    else if (isPack && each[0] === FATAL) throw classifyError(each.toString("utf8", 1), token);
    else if (isPack && each[0] === PROGRESS) continue;
    else if (isPack || each.toString("latin1").trimEnd() !== "packfile") throw unexpected();
    else isPack = true;
  }
  if (!isPack) throw unexpected();
}

/** Whether a server can send commits without trees, out of what it says that it can do. */
export async function readHasFilters(packets: AsyncIterable<Packet>): Promise<boolean> {
  let hasFilters = false;
  for await (const each of packets) {
    const line = each instanceof Buffer ? each.toString("latin1").trim() : "";
    if (line.startsWith("fetch=")) hasFilters ||= line.slice(6).split(" ").includes("filter");
  }
  return hasFilters;
}

/** What comes before the flush that ends an answer. */
async function* wholeOf(packets: AsyncIterable<Packet>): AsyncGenerator<Buffer, void, undefined> {
  let isWhole = false;
  for await (const each of packets) {
    if (isWhole || each === "delimiter" || each === "end") throw unexpected();
    if (each === "flush") isWhole = true;
    else yield each;
  }
  if (!isWhole) throw gitFailure("unreachable", "GitHub broke off in the middle of its answer.");
}

function unexpected() {
  return gitFailure("malformed", "GitHub's answer is no answer of the git protocol.");
}
