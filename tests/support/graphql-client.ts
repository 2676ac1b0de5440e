import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";

export interface Answer<T> {
  readonly data?: T | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

/** One operation over HTTP, as any client sends it. */
export async function post<T>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<T>> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer<T>;
}

/** The data of an operation that is expected to succeed. */
export async function ask<T>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<T> {
  const { data, errors } = await post<T>(url, query, variables);
  if (errors !== undefined || data === undefined || data === null) {
    throw new Error(JSON.stringify(errors));
  }
  return data;
}

export interface Subscription<T> extends AsyncDisposable {
  /** What has arrived so far, in order. */
  readonly received: readonly T[];
  readonly errors: readonly unknown[];
  /** The server has ended it. */
  isOver(): boolean;
}

/** A subscription with the public graphql-ws client over a real WebSocket. */
export function subscribe<T>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Subscription<T> {
  const client: Client = createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: true,
  });
  const received: T[] = [];
  const errors: unknown[] = [];
  let isOver = false;
  const unsubscribe = client.subscribe<T>(
    { query, variables },
    {
      next: ({ data, errors: failures }) => {
        if (failures !== undefined) errors.push(...failures);
        if (data !== undefined && data !== null) received.push(data);
      },
      error: (error) => errors.push(error),
      complete: () => {
        isOver = true;
      },
    },
  );
  return {
    received,
    errors,
    isOver: () => isOver,
    async [Symbol.asyncDispose]() {
      unsubscribe();
      await client.dispose();
    },
  };
}
