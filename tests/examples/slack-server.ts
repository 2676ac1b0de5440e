import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";

/** What becomes of one request: the next in `planned`, else it is taken. */
export type Fate =
  | { readonly status: number; readonly text: string; readonly retryAfterSeconds?: number }
  | "no answer";

export interface SlackServer extends AsyncDisposable {
  readonly webhookUrl: string;
  readonly planned: Fate[];
  /** Texts that were taken, in order. */
  readonly taken: readonly string[];
  /** When each request came, and whether it was taken. */
  readonly requests: readonly { readonly atMs: number; readonly isTaken: boolean }[];
}

const PATH = "/services/T000/B000/secret";
const TAKEN: Fate = { status: 200, text: "ok" };

/** Answers as Slack's incoming webhooks do. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export async function startSlackServer(): Promise<SlackServer> {
  const planned: Fate[] = [];
  const taken: string[] = [];
  const requests: { atMs: number; isTaken: boolean }[] = [];
  const server = createServer(async (request, response) => {
    const text = await textOf(request);
    const fate = text === null ? { status: 400, text: "no_text" } : (planned.shift() ?? TAKEN);
    requests.push({ atMs: performance.now(), isTaken: fate === TAKEN });
    if (fate === "no answer") return void request.socket.destroy();
    const { retryAfterSeconds } = fate as { retryAfterSeconds?: number };
    if (retryAfterSeconds !== undefined) response.setHeader("retry-after", retryAfterSeconds);
    if (fate === TAKEN && text !== null) taken.push(text);
    response.writeHead(fate.status, { "content-type": "text/html" }).end(fate.text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    ...{ planned, taken, requests, webhookUrl: `http://127.0.0.1:${port}${PATH}` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Null where Slack would take nothing from it. */
async function textOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const isPost = request.method === "POST" && request.url === PATH;
  if (!isPost || request.headers["content-type"] !== "application/json") return null;
  const { text } = JSON.parse(Buffer.concat(chunks).toString()) as { text?: unknown };
  return typeof text === "string" && text !== "" ? text : null;
}
