import { createClient } from "graphql-ws";
import WebSocket from "ws";

export interface SubscribedEvent {
  readonly sequence: string;
  readonly oids: readonly string[];
}

interface Refusal {
  readonly code: string;
  readonly oldestSequence: string;
}

interface Next {
  readonly commitsIngested: {
    readonly cursor: string;
    readonly sequence: string;
    readonly commits: readonly { readonly oid: string }[];
  };
}

/** One that keeps its cursor, and goes on where a refusal says. */
export interface RestoredSubscriber extends AsyncDisposable {
  readonly events: readonly SubscribedEvent[];
  oids(): ReadonlySet<string>;
  cursor(): string;
  refusals(): readonly Refusal[];
  leave(): Promise<void>;
}

const QUERY = `subscription ($after: String) {
  commitsIngested(after: $after) { cursor sequence commits { oid } }
}`;

export function followRestored(url: string, from = "0"): RestoredSubscriber {
  const events: SubscribedEvent[] = [];
  const refusals: Refusal[] = [];
  const variables = { after: from };
  const client = createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 200)),
    lazyCloseTimeout: 1_000,
  });
  const refuse = (errors: readonly { extensions?: Readonly<Record<string, unknown>> }[]) => {
    const refusal = errors[0]?.extensions as unknown as Refusal;
    refusals.push(refusal);
    variables.after = String(BigInt(refusal.oldestSequence) - 1n);
  };
  let isLeft = false;
  let unsubscribe = () => {};
  const follow = () => {
    unsubscribe = client.subscribe<Next>(
      { query: QUERY, variables },
      {
        next({ data, errors }) {
          if (errors !== undefined) refuse(errors);
          if (!data) return;
          const { cursor, sequence, commits } = data.commitsIngested;
          variables.after = cursor;
          events.push({ sequence, oids: commits.map(({ oid }) => oid) });
        },
        error(error) {
          if (Array.isArray(error)) refuse(error);
          if (!isLeft) follow();
        },
        complete() {
          if (!isLeft) follow();
        },
      },
    );
  };
  follow();
  const leave = async () => {
    isLeft = true;
    unsubscribe();
    await client.dispose();
  };
  return {
    events,
    oids: () => new Set(events.flatMap(({ oids }) => oids)),
    cursor: () => variables.after,
    refusals: () => refusals,
    leave,
    [Symbol.asyncDispose]: leave,
  };
}
