import { withDeadline } from "../github/deadline.js";
import { untilAborted } from "../github/wait.js";
import { basicOf } from "./basic-token.js";
import { gitFailure } from "./git-failure.js";
import type { RepositoryName } from "./git-histories.js";
import { type Packet, PacketReader } from "./pkt-line.js";
import { classifyError, classifyResponse } from "./upload-pack-errors.js";
import type { Question } from "./upload-pack-questions.js";

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

const REDIRECTS_MAX = 3;
const REDIRECTS = new Set([301, 302, 307, 308]);

/**
 * Asks a repository's git server; the packets of its answer as they come, which is not whole before a flush
 * has come. The token goes along at once, and nowhere but to the origin given:
 * a redirect, of a repository that was renamed, is followed there alone.
 */
export async function* callUploadPack(
  call: Call,
  question: Question,
): AsyncGenerator<Packet, void, undefined> {
  const { signal, silenceMs, onBytes } = call;
  const response = await withDeadline(signal, silenceMs, (bounded) =>
    send(call, question, bounded),
  );
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
  if (bytes === 0) {
    throw gitFailure("malformed", "GitHub's git server said nothing.", { isEmpty: true });
  }
  if (!packets.isBetween) {
    throw gitFailure("unreachable", "GitHub broke off in the middle of its answer.");
  }
}

async function send(call: Call, question: Question, signal: AbortSignal): Promise<Response> {
  const { place, body, answerType } = question;
  let url = addressOf(call, question);
  const { origin } = url;
  for (let redirects = 0; ; redirects += 1) {
    // A redirect that is followed by itself would turn the POST into a GET, and take the token along.
    const response = await fetch(url.href, {
      ...{ method: body === null ? "GET" : "POST", redirect: "manual", body, signal },
      headers: headersOf(call, question),
    });
    if (response.status === 200) {
      if (response.headers.get("content-type") === answerType) return response;
      await response.body?.cancel();
      throw gitFailure("malformed", "GitHub's answer is no answer of the git protocol.");
    }
    const location = response.headers.get("location") ?? "";
    if (!REDIRECTS.has(response.status) || !URL.canParse(location, url.href)) {
      throw await classifyResponse(response, call.token, call.now());
    }
    await response.body?.cancel();
    url = new URL(location, url);
    const isNear = url.origin === origin && url.pathname.endsWith(`/${place}`);
    if (isNear && redirects < REDIRECTS_MAX) continue;
    throw gitFailure("unreachable", "GitHub's git server leads elsewhere; check GITHUB_GIT_URL.");
  }
}

function addressOf({ gitUrl, repository }: Call, { place }: Question): URL {
  const { owner, name } = repository;
  const path = `${encodeURIComponent(owner)}/${encodeURIComponent(name)}.git/${place}`;
  return new URL(`${gitUrl}/${path}${place === "info/refs" ? "?service=git-upload-pack" : ""}`);
}

function headersOf(
  { token, userAgent }: Call,
  { body, answerType }: Question,
): Record<string, string> {
  return {
    ...{ accept: answerType, "accept-encoding": "identity", "user-agent": userAgent },
    "git-protocol": "version=2",
    ...(body !== null && { "content-type": "application/x-git-upload-pack-request" }),
    ...(token !== null && { authorization: `Basic ${basicOf(token)}` }),
  };
}
