/** The floor: `ws` alone, which sends given bytes to everybody connected; told over IPC. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { WebSocketServer } from "ws";

export interface BareCommand {
  readonly bytes: string;
  readonly times: number;
}

const server = createServer();
const sockets = new WebSocketServer({
  server,
  perMessageDeflate: false,
  handleProtocols: () => "graphql-transport-ws",
});
sockets.on("connection", (client) => {
  client.once("message", () => client.send('{"type":"connection_ack"}'));
});
process.on("message", async ({ bytes, times }: BareCommand) => {
  const message = Buffer.from(bytes);
  for (let index = 0; index < times; index += 1) {
    for (const client of sockets.clients) client.send(message, { binary: false });
    await turn();
  }
});
process.on("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
