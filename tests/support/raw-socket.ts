import { once } from "node:events";
import WebSocket from "ws";
import { eventually } from "./eventually.js";

export interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A WebSocket that says just what it is told to, for what well-behaved clients never do. */
export class RawSocket implements AsyncDisposable {
  readonly received: Message[] = [];
  /** Code and reason, once it is closed. */
  closed: { readonly code: number; readonly reason: string } | null = null;

  private constructor(readonly socket: WebSocket) {
    socket.on("error", () => {}); // told by the close
    socket.on("message", (data) => this.received.push(JSON.parse(String(data)) as Message));
    socket.once("close", (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
  }

  static async open(url: string, protocols: string | string[] = "graphql-transport-ws") {
    const raw = new RawSocket(new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, protocols));
    await once(raw.socket, "open");
    return raw;
  }

  /** Opened and acknowledged. */
  static async ready(url: string, payload?: object) {
    const raw = await RawSocket.open(url);
    raw.say({ type: "connection_init", ...(payload && { payload }) });
    await raw.hear("connection_ack");
    return raw;
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: Readonly<Record<string, unknown>> = {}): void {
    this.say({ id, type: "subscribe", payload: { query, variables } });
  }

  of(type: string, id?: string): Message[] {
    return this.received.filter((one) => one.type === type && (id === undefined || one.id === id));
  }

  /** The first message of a type, for an operation if it is named. */
  async hear(type: string, id?: string): Promise<Message> {
    return await eventually(() => {
      const [found] = this.of(type, id);
      if (found === undefined) throw new Error(`no ${type} among ${JSON.stringify(this.received)}`);
      return found;
    });
  }

  async gone(): Promise<{ readonly code: number; readonly reason: string }> {
    return await eventually(() => {
      if (this.closed === null) throw new Error("still open");
      return this.closed;
    });
  }

  async [Symbol.asyncDispose]() {
    this.socket.terminate();
  }
}
