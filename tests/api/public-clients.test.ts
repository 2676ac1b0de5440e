import { ApolloClient, gql, HttpLink, InMemoryCache, split } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { getMainDefinition } from "@apollo/client/utilities";
import {
  cacheExchange,
  createClient as createUrql,
  fetchExchange,
  subscriptionExchange,
} from "@urql/core";
import { EventSource } from "eventsource";
import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import relay, { type GraphQLResponse } from "relay-runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const QUERY = "query Page($first: Int!) { commits(first: $first) { nodes { oid } } }";
const SUBSCRIPTION =
  "subscription Live($after: String) { commitsIngested(after: $after) { sequence } }";
const SEEN = ["1", "2"];

/** Each as its documentation sets it up, with its defaults. */
describe("a public client", () => {
  let api: TestApi;
  let url: string;
  beforeAll(async () => {
    api = await startTestApi();
    url = `${api.url}/graphql`;
    const id = await storeRepository(api.database, "octo", "one");
    await storeEvent(api.database, id, line(1, 2));
    await storeEvent(api.database, id, line(2, 2));
    await api.ring();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());
  const overWs = () =>
    createWs({ url: url.replace(/^http/, "ws"), webSocketImpl: WebSocket, lazy: true });

  it("is urql: queries, by GET as it sends them, and subscriptions by its fetch and over WebSocket", async () => {
    const client = createUrql({
      url,
      exchanges: [cacheExchange, fetchExchange],
      fetchSubscriptions: true,
    });
    const { data, error } = await client.query(QUERY, { first: 3 });
    expect(error).toBeUndefined();
    expect(data.commits.nodes).toHaveLength(3);
    expect(
      await firstOf(
        (next) =>
          client
            .subscription(SUBSCRIPTION, { after: "0" })
            .subscribe(({ data: event, error: fault }) =>
              next(fault ?? event.commitsIngested.sequence),
            ).unsubscribe,
      ),
    ).toEqual(SEEN);

    const ws = overWs();
    const live = createUrql({
      url,
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query = "", variables }) => ({
            subscribe: (sink) => ({
              unsubscribe: ws.subscribe(
                { query, variables: variables as Record<string, unknown> },
                sink as never,
              ),
            }),
          }),
        }),
      ],
    });
    expect(
      await firstOf(
        (next) =>
          live
            .subscription(SUBSCRIPTION, { after: "0" })
            .subscribe(({ data: event, error: fault }) =>
              next(fault ?? event.commitsIngested.sequence),
            ).unsubscribe,
      ),
    ).toEqual(SEEN);
    await ws.dispose();
  });

  it("is Apollo Client: queries and subscriptions", async () => {
    const ws = overWs();
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: split(
        ({ query }) => {
          const definition = getMainDefinition(query);
          return "operation" in definition && definition.operation === "subscription";
        },
        new GraphQLWsLink(ws),
        new HttpLink({ uri: url }),
      ),
    });
    const { data } = await client.query<{ commits: { nodes: unknown[] } }>({
      query: gql(QUERY),
      variables: { first: 3 },
    });
    expect(data?.commits.nodes).toHaveLength(3);
    const byGet = new ApolloClient({
      cache: new InMemoryCache(),
      link: new HttpLink({ uri: url, useGETForQueries: true }),
    });
    const again = await byGet.query({ query: gql(QUERY), variables: { first: 3 } });
    expect(again.data).toEqual(data);
    const events = client.subscribe<{ commitsIngested: { sequence: string } }>({
      query: gql(SUBSCRIPTION),
      variables: { after: "0" },
    });
    expect(
      await firstOf((next) => {
        const subscription = events.subscribe({
          next: ({ data: event, error }) => next(error ?? event?.commitsIngested.sequence),
        });
        return () => subscription.unsubscribe();
      }),
    ).toEqual(SEEN);
    client.stop();
    await ws.dispose();
  });

  it("is Relay: its network layer, with a fetch and graphql-ws as its guide has them", async () => {
    const ws = overWs();
    const network = relay.Network.create(
      async ({ text }, variables) => {
        const response = await fetch(url, {
          method: "POST",
          headers: {
            accept:
              "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
            "content-type": "application/json",
          },
          body: JSON.stringify({ query: text, variables }),
        });
        return (await response.json()) as GraphQLResponse;
      },
      ({ text }, variables) =>
        relay.Observable.create((sink) =>
          ws.subscribe({ query: text ?? "", variables }, sink as never),
        ),
    );
    const execute = (text: string, operationKind: string, variables: object) =>
      network.execute(
        { text, operationKind, name: "One", id: null, cacheID: text, metadata: {} } as never,
        variables as never,
        {},
      );
    const answer = await execute(QUERY, "query", { first: 3 }).toPromise();
    expect((answer as { data: { commits: { nodes: unknown[] } } }).data.commits.nodes).toHaveLength(
      3,
    );
    expect(
      await firstOf((next) => {
        const subscription = execute(SUBSCRIPTION, "subscription", { after: "0" }).subscribe({
          next: (value: unknown) =>
            next(
              (value as { data: { commitsIngested: { sequence: string } } }).data.commitsIngested
                .sequence,
            ),
          error: next,
        });
        return () => subscription.unsubscribe();
      }),
    ).toEqual(SEEN);
    await ws.dispose();
  });

  it("is graphql-ws and graphql-sse: subscriptions and queries", async () => {
    const clients = [overWs(), createSse({ url })];
    for (const client of clients) {
      const seen: unknown[] = [];
      for await (const { data } of client.iterate<{ commitsIngested: { sequence: string } }>({
        query: SUBSCRIPTION,
        variables: { after: "0" },
      })) {
        seen.push(data?.commitsIngested.sequence);
        if (seen.length === SEEN.length) break;
      }
      expect(seen).toEqual(SEEN);
      for await (const { data } of client.iterate<{ commits: { nodes: unknown[] } }>({
        query: QUERY,
        variables: { first: 3 },
      })) {
        expect(data?.commits.nodes).toHaveLength(3);
      }
      await client.dispose();
    }
  });

  it("is an EventSource, which can only GET", async () => {
    const parameters = new URLSearchParams({
      query: SUBSCRIPTION,
      variables: JSON.stringify({ after: "0" }),
    });
    const source = new EventSource(`${url}?${parameters}`);
    expect(
      await firstOf((next) => {
        source.addEventListener("next", ({ data }) =>
          next(JSON.parse(data).data.commitsIngested.sequence),
        );
        return () => source.close();
      }),
    ).toEqual(SEEN);
  });
});

/** The first values, as many as have been seen, of what `open` follows; it returns how to leave. */
async function firstOf(open: (next: (value: unknown) => void) => () => void): Promise<unknown[]> {
  const seen: unknown[] = [];
  let leave: () => void = () => {};
  await new Promise<void>((resolve) => {
    leave = open((value) => {
      seen.push(value);
      if (seen.length === SEEN.length || value instanceof Error) resolve();
    });
  });
  leave();
  return seen;
}
