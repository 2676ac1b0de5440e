import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { GitHubStandInControl } from "../control/control.js";
import { isControlVerb } from "../control/control.js";
import { type GitPath, gitPathOf } from "../git-protocol/git-request.js";
import type { Outcome, QueryRequest } from "../graphql/exchange.js";
import type { HttpAnswer } from "../graphql/github-error.js";
import { jsonAnswer } from "../graphql/github-error.js";
import { notFound } from "./canned-answers.js";

const QUERY_BYTES_MAX = 256 * 1024; // what one client's author found to be safe
const CONTROL_BYTES_MAX = 64 * 1024 * 1024;
const KEEP_ALIVE_MS = 60_000; // longer than clients keep idle connections, so that none dies under a request
const CONTROL_PATH = "/_control/";

interface ServerParts {
  readonly answerQuery: (request: QueryRequest) => Promise<Outcome>;
  readonly answerGit: (
    path: GitPath,
    request: IncomingMessage,
    response: ServerResponse,
  ) => Promise<void>;
  readonly control: GitHubStandInControl;
  /** By GitHub's clock. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * GraphQL at any path that ends with `/graphql`, the git protocol at `/OWNER/NAME.git`, the control interface
 * at `/_control/<verb>`.
 */
export function createStandInServer(parts: ServerParts): Server {
  const server = createServer((request, response) => {
    handle(request, response, parts).catch((error: unknown) => {
      // Only a fault of the stand-in itself comes here; it must not look like one of GitHub's.
      const message = `The GitHub stand-in failed: ${error instanceof Error ? error.message : error}`;
      if (response.headersSent) response.destroy();
      else send(response, jsonAnswer(500, { message }));
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

async function handle(request: IncomingMessage, response: ServerResponse, parts: ServerParts) {
  const url = new URL(request.url ?? "/", "http://stand-in");
  const path = url.pathname;
  const gitPath = gitPathOf(request.method, url);
  if (request.method === "POST" && path.startsWith(CONTROL_PATH)) {
    send(response, await answerControl(request, path.slice(CONTROL_PATH.length), parts.control));
  } else if (request.method === "POST" && path.endsWith("/graphql")) {
    await handleQuery(request, response, parts);
  } else if (gitPath !== null) {
    await parts.answerGit(gitPath, request, response);
  } else {
    request.resume();
    send(response, notFound());
  }
}

async function handleQuery(
  request: IncomingMessage,
  response: ServerResponse,
  { answerQuery, now, signal }: ServerParts,
): Promise<void> {
  const requestId = newRequestId();
  const text = await readText(request, QUERY_BYTES_MAX);
  const outcome = await answerQuery({
    authorization: request.headers.authorization,
    wantsNewIds: request.headers["x-github-next-global-id"] === "1",
    text,
    requestId,
    signal,
  });
  if (outcome.kind === "hang") return;
  if (outcome.kind === "reset") {
    request.socket.resetAndDestroy();
    return;
  }
  const { answer } = outcome;
  const headers = {
    server: "github.com",
    date: new Date(now()).toUTCString(),
    "x-github-request-id": requestId,
    ...(answer.headers["content-type"]?.startsWith("application/json") && {
      "x-github-media-type": "github.v4; format=json",
    }),
  };
  if (outcome.kind === "answer") send(response, answer, headers);
  else sendHalf(response, answer, headers, outcome.kind);
}

async function answerControl(
  request: IncomingMessage,
  verb: string,
  control: GitHubStandInControl,
): Promise<HttpAnswer> {
  // Browsers name the page a request comes from: no page may drive the control interface.
  if (request.headers.origin !== undefined || !isControlVerb(verb)) {
    request.resume();
    return jsonAnswer(404, { error: `no control verb ${verb}` });
  }
  try {
    const args: unknown = JSON.parse((await readText(request, CONTROL_BYTES_MAX)) || "[]");
    if (!Array.isArray(args)) throw new TypeError("the body must be a JSON array of arguments");
    // JSON has no undefined: a null argument is one that was left out.
    const given = args.map((argument: unknown) => argument ?? undefined);
    const result: unknown = await Reflect.apply(control[verb], undefined, given);
    return jsonAnswer(200, { result });
  } catch (error) {
    return jsonAnswer(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

/** Null when it is larger than allowed; the rest is read and thrown away. */
async function readText(request: IncomingMessage, bytesMax: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= bytesMax) chunks.push(chunk);
  }
  return size > bytesMax ? null : Buffer.concat(chunks).toString("utf8");
}

function send(
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
  more: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...more, ...headers, "content-length": bytes.length });
  response.end(bytes);
}

function sendHalf(
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
  more: Readonly<Record<string, string>>,
  then: "cut" | "stall",
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...more, ...headers, "content-length": bytes.length });
  response.write(bytes.subarray(0, bytes.length >> 1), () => {
    if (then === "cut") response.destroy();
  });
}

/** Like `D2AC:275471:2600920:210014D:69758B70`. */
function newRequestId(): string {
  const hex = randomBytes(18).toString("hex").toUpperCase();
  return [
    hex.slice(0, 4),
    hex.slice(4, 10),
    hex.slice(10, 17),
    hex.slice(17, 24),
    hex.slice(24, 32),
  ].join(":");
}
