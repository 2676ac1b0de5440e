import type { graphql } from "@octokit/graphql";
import { TrackerError } from "../domain/errors.js";
import type { RawAnswer } from "./raw-answer.js";
import { withoutToken } from "./token.js";

const ANSWER_BYTES_MAX = 32 * 1_024 * 1_024; // a page of 100 commits with 65 kB messages is 7 MB

export interface SendRequest {
  readonly call: typeof graphql;
  readonly token: string;
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/**
 * One HTTP request; the answer as it came, whatever its status. Octokit composes the request, and
 * the answer is taken from under it: it drops the headers of successes and makes three kinds of
 * errors of the rest. Rejects with the cause when no answer came.
 */
export async function sendDocument({
  call,
  token,
  document,
  variables,
  signal,
}: SendRequest): Promise<RawAnswer> {
  let answer: RawAnswer | null = null;
  const recordingFetch = async (url: string, init: RequestInit): Promise<Response> => {
    // A redirect would turn the POST into a GET, and could carry the token over plain HTTP.
    const response = await fetch(url, { ...init, redirect: "manual" });
    const text = await readText(response);
    const headers = Object.fromEntries(response.headers);
    answer = { status: response.status, headers, body: parseBody(text, token) };
    return new Response();
  };
  const headers = { authorization: `bearer ${token}` };
  try {
    await call(document, { ...variables, headers, request: { fetch: recordingFetch, signal } });
  } catch (error) {
    if (answer === null) throw error instanceof Error ? (error.cause ?? error) : error;
  }
  if (answer === null) throw new TrackerError("GITHUB_MALFORMED_ANSWER", "GitHub sent no answer.");
  return answer;
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > ANSWER_BYTES_MAX) {
      const message = `GitHub's answer is larger than ${ANSWER_BYTES_MAX} bytes.`;
      throw new TrackerError("GITHUB_RESOURCE_LIMITS", message, { status: response.status });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The words of bad answers are shown, and a proxy's page may repeat the request with its token. */
function parseBody(text: string, token: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    const isClean = typeof body === "object" && body !== null && !("errors" in body);
    if (isClean && "data" in body) return body;
    return JSON.parse(withoutToken(text, token));
  } catch {
    return withoutToken(text, token);
  }
}
