import type { Oid } from "../domain/commit.js";
import { withDeadline } from "../github/deadline.js";
import { untilAborted } from "../github/wait.js";
import { basicOf } from "./basic-token.js";
import { gitFailure } from "./git-failure.js";
import type { RepositoryName } from "./git-histories.js";
import { DELIMITER, FLUSH, type Packet, PacketReader, packet } from "./pkt-line.js";
import { classifyError, classifyResponse } from "./upload-pack-errors.js";

/** What a request is sent with. */
export interface Call {
  /** Of the git server, without a slash at its end. */
  readonly gitUrl: string;
  readonly repository: RepositoryName;
  /** Null: as nobody. */
  readonly token: string | null;
  readonly userAgent: string;
  readonly signal: AbortSignal;
  readonly silenceMs: number;
  readonly now: () => number;
  readonly onBytes?: (bytes: number) => void;
}

const SERVICE = "git-upload-pack";
const REDIRECTS_MAX = 3;
const REDIRECTS = new Set([301, 302, 307, 308]);
const ANSWER_TYPE = `application/x-${SERVICE}-result`;

/** https://git-scm.com/docs/protocol-v2#_fetch: commits alone, all of them in one answer. */
export function fetchRequest(oid: Oid, have: readonly Oid[]): string {
  const filter = ["no-progress", "ofs-delta", "filter tree:0"];
  const known = have.map((each) => `have ${each}`);
  return command("fetch", oid, [...filter, `want ${oid}`, ...known, "done"]);
}

/** https://git-scm.com/docs/protocol-v2#_ls_refs: what HEAD names. */
export function headRequest(): string {
  return command("ls-refs", null, ["symrefs", "ref-prefix HEAD"]);
}

function command(name: string, oid: Oid | null, lines: readonly string[]): string {
  const format = oid?.length === 64 ? "sha256" : "sha1";
  const capabilities = [`command=${name}`, ...(oid === null ? [] : [`object-format=${format}`])];
  const text = (each: readonly string[]) => each.map((line) => packet(`${line}\n`)).join("");
  return text(capabilities) + DELIMITER + text(lines) + FLUSH;
}

/**
 * Sends one request to a repository's `git-upload-pack`; the packets of its answer as they come. The answer
 * is not whole before a flush has come. The token goes along at once, and nowhere but to the origin given:
 * a redirect, of a repository that was renamed, is followed there alone.
 */
export async function* callUploadPack(
  call: Call,
  body: string,
): AsyncGenerator<Packet, void, undefined> {
  const { signal, silenceMs, onBytes } = call;
  const response = await withDeadline(signal, silenceMs, (bounded) => send(call, body, bounded));
  const reader = response.body?.getReader();
  const packets = new PacketReader();
  let bytes = 0;
  try {
    for (;;) {
      const read = () => reader?.read() ?? Promise.resolve({ done: true, value: undefined });
      const { done, value } = await withDeadline(signal, silenceMs, (bounded) =>
        untilAborted(read(), bounded),
      );
      if (done || value === undefined) break;
      bytes += value.byteLength;
      onBytes?.(bytes);
      for (const each of packets.push(value)) {
        if (each instanceof Buffer && each.subarray(0, 4).toString("latin1") === "ERR ") {
          throw classifyError(each.toString("utf8", 4), call.token);
        }
        yield each;
      }
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
  if (!packets.isBetween)
    throw gitFailure("unreachable", "GitHub broke off in the middle of its answer.");
}

async function send(call: Call, body: string, signal: AbortSignal): Promise<Response> {
  const { owner, name } = call.repository;
  const path = `${encodeURIComponent(owner)}/${encodeURIComponent(name)}.git/${SERVICE}`;
  let url = new URL(`${call.gitUrl}/${path}`);
  const { origin } = url;
  for (let redirects = 0; ; redirects += 1) {
    // A redirect that is followed by itself would turn the POST into a GET, and take the token along.
    const response = await fetch(url.href, {
      ...{ method: "POST", redirect: "manual", body, signal },
      headers: headersOf(call),
    });
    if (response.status === 200) {
      if (response.headers.get("content-type") === ANSWER_TYPE) return response;
      await response.body?.cancel();
      throw gitFailure("malformed", "GitHub's answer is no answer of the git protocol.");
    }
    const location = response.headers.get("location") ?? "";
    if (!REDIRECTS.has(response.status) || !URL.canParse(location, url.href)) {
      throw await classifyResponse(response, call.token, call.now());
    }
    await response.body?.cancel();
    url = new URL(location, url);
    const isNear = url.origin === origin && url.pathname.endsWith(`/${SERVICE}`);
    if (isNear && redirects < REDIRECTS_MAX) continue;
    throw gitFailure("unreachable", "GitHub's git server leads elsewhere; check GITHUB_GIT_URL.");
  }
}

function headersOf({ token, userAgent }: Call): Record<string, string> {
  return {
    accept: ANSWER_TYPE,
    "accept-encoding": "identity",
    "content-type": `application/x-${SERVICE}-request`,
    "git-protocol": "version=2",
    "user-agent": userAgent,
    ...(token !== null && { authorization: `Basic ${basicOf(token)}` }),
  };
}
