import { LRUCache } from "lru-cache";
import pg from "pg";
import type { SentStatement } from "./database-observer.js";
import { endStatementSpan, startStatementSpan } from "./statement-span.js";
import { boundsText } from "./transaction-bounds.js";

export interface ClientBounds {
  /** Within which every statement is answered, unless its transaction has bounds of its own. */
  readonly answerMs: number;
  /** For an answer to arrive, beyond what a transaction's own bounds allow. */
  readonly graceMs: number;
  /** This connection has not answered in time, and is closed. */
  readonly onSilent?: () => void;
  /** A statement has been answered, or has failed with an error. */
  readonly onAnswer?: (sent: SentStatement, tookMs: number, error: unknown) => void;
}

/** Statements that a connection keeps prepared; clients can make up some thousand shapes of a page. */
export const PREPARED_MAX = 200;
/** On an idle line; the system gives it up ten unanswered questions, a second apart, later. */
const KEEP_ALIVE_MS = 10_000;
/** For a server to take leave. */
const END_MS_MAX = 1_000;

/**
 * A connection that never hangs: what is not answered in time closes it, on this side, and fails. Whoever
 * is behind a line that has gone dead hears nothing from the server's own timeouts.
 *
 * It keeps the statements prepared that were used last, and gives the others back: the server forgets
 * none by itself.
 */
export class BoundedClient extends (pg.Client as unknown as OpenClient) {
  readonly #bounds: ClientBounds;
  readonly #prepared = new LRUCache<string, true>({
    max: PREPARED_MAX,
    dispose: (_, name) => this.#giveBack(name),
  });
  #pending = 0;
  #transactionEndsAt: number | null = null;

  constructor(config: pg.ClientConfig | undefined, bounds: ClientBounds) {
    super({ ...config, keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS });
    this.#bounds = bounds;
    this.on("error", () => {}); // whoever waits for an answer hears of it
  }

  /** Nobody waits for it, and no transaction is open. */
  get isIdle(): boolean {
    return this.#pending === 0 && this.getTransactionStatus() === "I";
  }

  override query(query: Query, values?: unknown, callback?: Callback): unknown {
    if (query.name !== undefined) this.#prepared.set(query.name, true);
    const answered = this.#awaitAnswer(query);
    if (callback === undefined) {
      return (super.query(query, values) as Promise<unknown>).then(
        (answer) => {
          answered(null);
          return answer;
        },
        (error: unknown) => {
          answered(error);
          throw error;
        },
      );
    }
    return super.query(query, values, (...outcome) => {
      answered(outcome[0]);
      callback(...outcome);
    });
  }

  override end(callback?: () => void): unknown {
    const timer = setTimeout(() => this.cut(), END_MS_MAX).unref();
    this.once("end", () => clearTimeout(timer));
    return super.end(callback);
  }

  /** Closes it without a word; what waits for an answer fails. */
  cut(error?: Error): void {
    this.connection.stream.destroy(error);
  }

  #awaitAnswer(query: Query): (error: unknown) => void {
    const beganMs = performance.now();
    const span = startStatementSpan(query.text);
    const timer = setTimeout(() => {
      this.cut(noAnswer());
      this.#bounds.onSilent?.();
    }, this.#answerMs(query));
    this.#pending += 1;
    return (error) => {
      clearTimeout(timer);
      this.#pending -= 1;
      endStatementSpan(span, error);
      this.#bounds.onAnswer?.(query, performance.now() - beganMs, error);
    };
  }

  #answerMs({ text, values }: Query): number {
    if (this.getTransactionStatus() !== "T") this.#transactionEndsAt = null;
    const { answerMs, graceMs } = this.#bounds;
    const left = this.#transactionEndsAt === null ? null : this.#transactionEndsAt - Date.now();
    if (text === boundsText) this.#transactionEndsAt = Date.now() + Number(values?.[0]);
    return left === null ? answerMs : Math.max(0, left) + graceMs;
  }

  #giveBack(name: string): void {
    delete this.connection.parsedStatements[name];
    this.connection.close({ type: "S", name });
  }
}

function noAnswer(): Error {
  const error = new Error("no answer from the database in time");
  // As the socket itself says it, which Prisma's adapter knows.
  return Object.assign(error, { code: "ETIMEDOUT", syscall: "read", errno: -110 });
}

interface Query extends SentStatement {
  readonly values?: readonly unknown[];
}

type Callback = (error: Error | null, result?: unknown) => void;

/** pg's client with what it keeps to itself: the socket, and what its connection has prepared. */
interface OpenClient {
  new (
    config?: pg.ClientConfig,
  ): Omit<pg.Client, "query" | "end" | "connection"> & {
    readonly connection: {
      readonly stream: { destroy(error?: Error): void };
      readonly parsedStatements: Record<string, string>;
      close(what: { type: "S"; name: string }): void;
    };
    query(query: Query, values?: unknown, callback?: Callback): unknown;
    end(callback?: () => void): unknown;
  };
}
