import { type Answer, post } from "../support/graphql-client.js";
import { overWebSocket } from "./test-api.js";

export interface Operation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** An API key. */
  readonly key?: string;
}

/** The first answer to an operation. */
export type Send = (url: string, operation: Operation) => Promise<Answer<unknown>>;

/** Every way in which an operation can come. */
export const WAYS: readonly { readonly way: string; readonly send: Send }[] = [
  {
    way: "HTTP",
    send: (url, { query, variables, key }) => post(url, query, variables, bearer(key)),
  },
  {
    way: "WebSocket",
    send: (url, { query, variables, key }) => overWebSocket(url, query, variables, bearer(key)),
  },
  { way: "an event stream", send: overEventStream },
];

export function bearer(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

async function overEventStream(
  url: string,
  { query, variables = {}, key }: Operation,
): Promise<Answer<unknown>> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      ...bearer(key),
    },
    body: JSON.stringify({ query, variables }),
  });
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return (await response.json()) as Answer<unknown>;
  }
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.includes("event: next") && text.endsWith("\n\n")) break; // which ends the request
  }
  const [, data] = /event: next\ndata: (.*)\n\n/.exec(text) ?? [];
  if (data === undefined) throw new Error(`no event in ${text}`);
  return JSON.parse(data) as Answer<unknown>;
}
