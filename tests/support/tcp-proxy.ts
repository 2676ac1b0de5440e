import { connect, createServer, type Server, type Socket } from "node:net";

/** A line between a client and a server that can be cut, held, and let go again. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Breaks every connection. */
  cut(): void;
  /** Refuses new connections too, until `restore`. */
  block(): void;
  /** Stops carrying bytes, without a word to either side. */
  stall(): void;
  /** Loses every byte from now on, and says nothing to either side; connections stay open. */
  swallow(): void;
  /** Loses every byte of the connections that are open now, for good; later ones carry. */
  forget(): void;
  /** Breaks every connection, and each later one after the bytes from the server that `next` allows it. */
  cutAfter(next: () => number): void;
  restore(): void;
}

/** `listenOn` names the address for clients that are on no loopback. */
export async function startTcpProxy(
  target: { host: string; port: number },
  { listenOn = "127.0.0.1" }: { listenOn?: string } = {},
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let mode: "open" | "blocked" | "stalled" | "swallowing" = "open";
  const forgotten = new WeakSet<Socket>();
  let allowance: (() => number) | null = null;
  const server: Server = createServer((client) => {
    if (mode === "blocked") return void client.destroy();
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
      if (mode === "stalled") socket.pause();
    }
    client.on("data", (chunk) => {
      if (mode !== "swallowing" && !forgotten.has(client)) upstream.write(chunk);
    });
    let bytesLeft = allowance === null ? Number.POSITIVE_INFINITY : allowance();
    upstream.on("data", (chunk: Buffer) => {
      if (mode === "swallowing" || forgotten.has(upstream)) return;
      client.write(chunk.subarray(0, bytesLeft));
      bytesLeft -= chunk.length;
      if (bytesLeft < 0) client.destroySoon();
    });
    if (mode === "stalled") for (const socket of [client, upstream]) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, listenOn, resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    block() {
      mode = "blocked";
      cut();
    },
    stall() {
      mode = "stalled";
      for (const socket of sockets) socket.pause();
    },
    swallow() {
      mode = "swallowing";
    },
    forget() {
      for (const socket of sockets) forgotten.add(socket);
    },
    cutAfter(next) {
      allowance = next;
      cut();
    },
    restore() {
      mode = "open";
      allowance = null;
      for (const socket of sockets) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
