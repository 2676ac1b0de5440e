import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiRole } from "../../src/domain/api-key.js";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import { RawSocket } from "../support/raw-socket.js";
import { transfer } from "./limited-world.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";
import { bearer, WAYS } from "./ways.js";

const FEED = "subscription { commitsIngested { repository { nameWithOwner } commits { oid } } }";
const UPDATES = `subscription ($repositories: [String!]) {
  repositoryUpdated(repositories: $repositories) { nameWithOwner commitCount }
}`;
const ADD = "mutation ($url: String!) { addRepository(url: $url) { created } }";
const NAMES = "{ repositories { nodes { nameWithOwner } totalCount } }";

interface Told {
  readonly data: {
    readonly commitsIngested?: { readonly repository: { readonly nameWithOwner: string } };
    readonly repositoryUpdated?: { readonly nameWithOwner: string };
  };
}

/** Of whom a subscription has told so far, in order. */
const toldOf = (socket: RawSocket, id = "1") =>
  socket.of("next", id).map(({ payload }) => {
    const { commitsIngested, repositoryUpdated } = (payload as Told).data;
    return (commitsIngested?.repository ?? repositoryUpdated)?.nameWithOwner;
  });

describe("a key that is limited to some repositories", () => {
  let api: TestApi;
  let all: string;
  let seed = 100;
  const make = async (role: ApiRole, ...repositories: string[]) => {
    const key = { name: "any", role, ...(repositories.length > 0 && { repositories }) };
    const { secret } = await createApiKey(api.database, key);
    await eventually(async () => expect(await codeOf(secret, "{ feed { sequence } }")).toBe("ok"));
    return secret;
  };
  const store = (name: string) => {
    const [owner = "", of = ""] = name.split("/");
    return storeRepository(api.database, owner, of);
  };
  const push = async (id: number) => {
    seed += 1;
    await storeEvent(api.database, id, line(seed, 2));
    await api.ring();
  };
  const listen = async (key: string, query: string, variables = {}) => {
    const socket = await RawSocket.ready(api.url, { apiKey: key });
    socket.subscribe("1", query, variables);
    // Answered after the subscribe that came before it.
    socket.subscribe("ready", "{ feed { sequence } }");
    await socket.hear("complete", "ready");
    return socket;
  };
  const send = (key: string, query: string, variables = {}) =>
    post<Record<string, never>>(api.url, query, variables, bearer(key));
  const codeOf = async (...asked: Parameters<typeof send>) =>
    (await send(...asked)).errors?.[0]?.extensions?.code ?? "ok";
  const namesSeen = async (key: string) => {
    const { data } = await send(key, NAMES);
    const { nodes, totalCount } = (data as unknown as Record<string, Listed>)
      .repositories as Listed;
    expect(totalCount).toBe(nodes.length);
    return nodes.map(({ nameWithOwner }) => nameWithOwner);
  };
  interface Listed {
    readonly nodes: { readonly nameWithOwner: string }[];
    readonly totalCount: number;
  }

  beforeAll(async () => {
    api = await startTestApi();
    all = await make("WRITER");
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it.each(WAYS)("sees what it is limited to alone, over $way", async ({ way, send: sendBy }) => {
    const owner = way.replaceAll(" ", "-");
    await store(`${owner}/one`);
    const other = await store(`${owner}/two`);
    const key = await make("READER", `${owner}/one`.toLowerCase());
    const { data } = await sendBy(api.url, { query: NAMES, key });
    expect(data).toEqual({
      repositories: { nodes: [{ nameWithOwner: `${owner}/one` }], totalCount: 1 },
    });
    for (const id of [other, 999_999]) {
      const query = `{ repository(id: "${id}") { name } commits(repository: "${id}") { totalCount } }`;
      const answer = await sendBy(api.url, { query, key });
      expect(JSON.stringify(answer).replaceAll(String(id), "ID")).toContain(
        'No repository \\"ID\\"',
      );
    }
  });

  it("sees nothing where its limits were taken from its row", async () => {
    const key = await make("READER", "acme/*");
    await store("acme/nothing");
    await api.database.primary.apiKey.updateMany({
      where: { prefix: key.slice(0, 9) },
      data: { repositories: [] },
    });
    await eventually(async () => expect(await namesSeen(key)).toEqual([]));
  });

  it("follows live what is added later, and nothing of others, each with its own bytes", async () => {
    const key = await make("READER", "live/*");
    await using limited = await listen(key, FEED);
    await using unlimited = await listen(all, FEED);
    await push(await store("others/one"));
    await push(await store("live/later"));
    await eventually(() => expect(toldOf(unlimited)).toEqual(["others/one", "live/later"]));
    await eventually(() => expect(toldOf(limited)).toEqual(["live/later"]));
    expect(limited.of("next", "1")).toEqual(unlimited.of("next", "1").slice(1));
  });

  it("follows the same as an event stream", async () => {
    const key = await make("READER", "stream/*");
    const response = await fetch(`${api.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "text/event-stream",
        ...bearer(key),
      },
      body: JSON.stringify({ query: FEED }),
    });
    await push(await store("others/of-stream"));
    await push(await store("stream/one"));
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes("stream/one")) break;
    }
    expect(text).not.toContain("others/");
  });

  it("loses sight of what is transferred away, and sees what comes, at once", async () => {
    const key = await make("READER", "here/*");
    const leaving = await store("here/leaving");
    const coming = await store("there/coming");
    await using feed = await listen(key, FEED);
    await using updates = await listen(key, UPDATES);
    await push(leaving);
    await eventually(() => expect(toldOf(feed)).toEqual(["here/leaving"]));
    await eventually(() => expect(toldOf(updates)).toContain("here/leaving"));
    await transfer(api.database, leaving, "there", "leaving");
    await transfer(api.database, coming, "here", "coming");
    await push(leaving);
    await push(coming);
    await eventually(() => expect(toldOf(feed)).toEqual(["here/leaving", "here/coming"]));
    await eventually(() => expect(toldOf(updates)).toContain("here/coming"));
    expect(toldOf(updates)).not.toContain("there/leaving");
    expect(await namesSeen(key)).toEqual(["here/coming"]);
    // By the name that it had here, too, and in a replay of what was told before.
    expect((await send(key, `{ repository(nameWithOwner: "here/leaving") { id } }`)).data).toEqual({
      repository: null,
    });
    await eventually(async () => {
      await using replay = await listen(key, FEED.replace("{ repo", `(after: "0") { repo`));
      const [first] = await eventually(() => {
        expect(toldOf(replay)).not.toEqual([]);
        return toldOf(replay);
      });
      expect(first).toBe("here/coming");
    });
  });

  it("has what it follows by name end when that is gone elsewhere, as when it is removed", async () => {
    const key = await make("READER", "home/*");
    const id = await store("home/leaving");
    await using updates = await listen(key, UPDATES, { repositories: ["home/leaving"] });
    await eventually(() => expect(toldOf(updates)).toEqual(["home/leaving"]));
    await transfer(api.database, id, "away", "leaving");
    await updates.hear("complete", "1");
    expect(toldOf(updates)).toEqual(["home/leaving"]);
  });

  it("adds what it is limited to and nothing else, whether it is tracked or not", async () => {
    const key = await make("OPERATOR", "mine/*", "single/one");
    await store("theirs/tracked");
    expect(await codeOf(key, ADD, { url: "https://github.com/Mine/New" })).toBe("ok");
    expect(await codeOf(key, ADD, { url: "single/one" })).toBe("ok");
    expect(await namesSeen(key)).toEqual(["Mine/New", "single/one"]);
    const answers = await Promise.all(
      ["theirs/tracked", "theirs/unknown", "single/two"].map((url) => send(key, ADD, { url })),
    );
    expect(answers[0]?.errors?.[0]?.extensions).toEqual({ code: "FORBIDDEN", field: "url" });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await codeOf(key, ADD, { url: "not an address" })).toBe("BAD_USER_INPUT");
    expect(await namesSeen(all)).not.toContain("theirs/unknown");
  });

  it("adds of many those alone, with a result for each in their order", async () => {
    const key = await make("OPERATOR", "many/*");
    await store("elsewhere/tracked");
    const urls = ["elsewhere/tracked", "many/a", "not an address", "elsewhere/new", "many/a"];
    const { data } = await send(
      key,
      `mutation ($urls: [String!]!) { addRepositories(urls: $urls) {
         results { created repository { nameWithOwner } error { code } } } }`,
      { urls },
    );
    const error = (code: string) => ({ created: false, repository: null, error: { code } });
    const found = { repository: { nameWithOwner: "many/a" }, error: null };
    expect((data?.addRepositories as { results: unknown } | undefined)?.results).toEqual([
      error("FORBIDDEN"),
      { created: true, ...found },
      error("BAD_USER_INPUT"),
      error("FORBIDDEN"),
      { created: false, ...found },
    ]);
  });

  it("is shown no repository that one of its names leads to no more", async () => {
    const key = await make("OPERATOR", "old/*");
    await transfer(api.database, await store("old/moved"), "new", "moved");
    const { errors } = await send(key, ADD, { url: "old/moved" });
    expect(errors?.[0]?.extensions?.code).toBe("NOT_FOUND");
    expect(JSON.stringify(errors)).not.toContain("new");
  });

  it("adds an owner's repositories where all of them are its own", async () => {
    const key = await make("OPERATOR", "whole/*", "part/one");
    const add = (login: string) =>
      codeOf(key, `mutation { addOwner(login: "${login}", dryRun: true) { isFinished } }`);
    expect(await add("part")).toBe("FORBIDDEN");
    expect(await add("nobody")).toBe("FORBIDDEN");
    expect(await api.database.primary.ownerListing.count()).toBe(0);
    const waiting = add("WHOLE"); // for a worker, of whom there is none
    const listing = await eventually(() =>
      api.database.primary.ownerListing.findFirstOrThrow({ where: { login: "WHOLE" } }),
    );
    await api.database.primary.ownerListing.update({
      where: { id: listing.id },
      data: { finishedAt: new Date(), totalCount: 0 },
    });
    expect(await waiting).toBe("ok");
  });
});

describe("a key without limits", () => {
  it("has the database asked nothing about any", async () => {
    const texts: string[] = [];
    await using api = await startTestApi({
      database: (real) => {
        const { reader, primaryReader } = real;
        const heard = (of: typeof reader): typeof reader => ({
          mayLag: of.mayLag,
          query: (statement) => {
            texts.push(statement.text);
            return of.query(statement);
          },
        });
        return { ...real, reader: heard(reader), primaryReader: heard(primaryReader) };
      },
    });
    await storeRepository(api.database, "octo", "one");
    const { data } = await post(api.url, "{ repositories { totalCount } topAuthors { name } }");
    expect(data).toEqual({ repositories: { totalCount: 1 }, topAuthors: [] });
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.join()).not.toContain("visible");
  });
});
