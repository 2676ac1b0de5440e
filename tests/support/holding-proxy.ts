import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands before a server, and can hold back the answers of its clients' requests. */
export interface HoldingProxy extends AsyncDisposable {
  readonly url: string;
  /** How many requests there were. */
  count(): number;
  /** From the next but so many on no request is answered, until `release`. */
  holdAfter(requests: number): void;
  release(): void;
}

export async function startHoldingProxy(target: string): Promise<HoldingProxy> {
  let seen = 0;
  let heldFrom = Number.POSITIVE_INFINITY;
  let waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen += 1;
    if (seen > heldFrom) await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      const answer = await fetch(`${target}${request.url}`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: String(request.headers.accept) },
        body: Buffer.concat(chunks),
      });
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(await answer.text());
    } catch {
      response.destroy(); // as the server's own connection would be
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const release = () => {
    heldFrom = Number.POSITIVE_INFINITY;
    for (const resume of waiting) resume();
    waiting = [];
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => seen,
    holdAfter(requests) {
      heldFrom = seen + requests;
    },
    release,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      release();
    },
  };
}
