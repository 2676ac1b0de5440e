import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { ask, post } from "../support/graphql-client.js";
import { RawSocket } from "../support/raw-socket.js";
import { isLookWanted, readRepository } from "../support/work.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { overWebSocket, startTestApi, type TestApi } from "./test-api.js";

const AWAIT = `mutation ($repository: String!, $oid: String!, $timeout: Int) {
  awaitCommit(repository: $repository, oid: $oid, timeout: $timeout) {
    waitedMs commit { oid repository { nameWithOwner } }
  }
}`;

interface Awaited {
  readonly awaitCommit: {
    readonly waitedMs: number;
    readonly commit: {
      readonly oid: string;
      readonly repository: { readonly nameWithOwner: string };
    };
  };
}

describe("awaitCommit", () => {
  let api: TestApi;
  let followed: Set<number>;
  beforeAll(async () => {
    followed = new Set();
    api = await startTestApi({
      watch: (ids) => {
        for (const id of ids) followed.add(id);
        return () => {
          for (const id of ids) followed.delete(id);
        };
      },
    });
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  /** The repository is marked when the wait has begun. */
  const waitingFor = (id: number) => eventually(() => expect(followed).toContain(id));

  it("answers at once for what is stored, in any letter case, orphaned or not", async () => {
    const id = await storeRepository(api.database, "octo", "stored");
    const commits = line(61, 3);
    await storeEvent(api.database, id, commits);
    const oid = commits[1]?.oid ?? "";
    const orphan = { headOid: null, orphanedOids: [oid] };
    await storeEvent(api.database, id, [], orphan);
    for (const asked of [oid, oid.toUpperCase()]) {
      const { awaitCommit } = await ask<Awaited>(api.url, AWAIT, {
        repository: "OCTO/stored",
        oid: asked,
        timeout: 0,
      });
      expect(awaitCommit.commit).toEqual({ oid, repository: { nameWithOwner: "octo/stored" } });
    }
    expect(await api.queue.depth("check")).toEqual({ ready: 0, dead: 0 });
  });

  it("has GitHub asked at once, and resolves as soon as the commit is announced", async () => {
    const id = await storeRepository(api.database, "octo", "awaited");
    const other = await storeRepository(api.database, "octo", "other");
    const commits = line(62, 4);
    const oid = commits[0]?.oid ?? "";
    const before = await api.queue.depth("check");
    const answers = [ask<Awaited>, overWebSocket<Awaited>].map((send) =>
      send(api.url, AWAIT, { repository: "octo/awaited", oid }),
    );
    await waitingFor(id);
    await eventually(async () =>
      expect((await api.queue.depth("check")).ready).toBe(before.ready + 1),
    );
    expect(await isLookWanted(api.database, id)).toBe(true);
    expect((await readRepository(api.database, id)).checkReason).toBe("REQUESTED");
    await storeEvent(api.database, other, commits);
    await storeEvent(api.database, id, commits.slice(1));
    await storeEvent(api.database, id, commits.slice(0, 1));
    await api.ring();
    const [overHttp, overSocket] = await Promise.all(answers);
    expect((overHttp as Awaited).awaitCommit.commit.oid).toBe(oid);
    expect((overSocket as { data: Awaited }).data.awaitCommit.commit.oid).toBe(oid);
    await eventually(() => expect(followed).not.toContain(id));
  });

  it("tells in time that it was not stored, and what is known meanwhile", async () => {
    const id = await storeRepository(api.database, "octo", "late");
    const commits = line(63, 2);
    await storeEvent(api.database, id, commits);
    const variables = { repository: "octo/late", oid: "f".repeat(40), timeout: 1 };
    const { errors } = await post(api.url, AWAIT, variables);
    expect(errors?.[0]?.extensions).toEqual({
      code: "TIMEOUT",
      repository: {
        ...{ id: `Repository:${id}`, state: "ACTIVE", headOid: commits[0]?.oid },
        ...{ lastCheckedAt: null, lastError: null },
      },
    });
    expect(errors?.[0]?.message).toContain(`octo/late is ACTIVE, complete at ${commits[0]?.oid}`);
    expect(followed).not.toContain(id);
  });

  it("refuses abbreviations, times beyond a minute and unknown repositories, and says how to do better", async () => {
    await storeRepository(api.database, "octo", "strict");
    const good = { repository: "octo/strict", oid: "a".repeat(40) };
    const refusals = [
      [{ ...good, oid: "abc1234" }, "BAD_USER_INPUT", "oid", "git rev-parse"],
      [{ ...good, timeout: 61 }, "BAD_USER_INPUT", "timeout", "call again"],
      [{ ...good, timeout: -1 }, "BAD_USER_INPUT", "timeout", "seconds"],
      [{ ...good, repository: "octo/nowhere" }, "NOT_FOUND", "repository", "octo/nowhere"],
    ] as const;
    for (const [variables, code, field, hint] of refusals) {
      const { errors } = await post(api.url, AWAIT, variables);
      expect(errors?.[0]?.extensions).toEqual({ code, field });
      expect(errors?.[0]?.message).toContain(hint);
    }
  });

  it("stops waiting when its client leaves", async () => {
    const id = await storeRepository(api.database, "octo", "left");
    const variables = { repository: "octo/left", oid: "b".repeat(40), timeout: 60 };
    const client = request(`${api.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    client.on("error", () => {}); // it hangs up itself
    client.end(JSON.stringify({ query: AWAIT, variables }));
    await waitingFor(id);
    client.destroy();
    await eventually(() => expect(followed).not.toContain(id));
  });

  describe("gives its place back", () => {
    let left = 0;
    /** Waits for a commit that never comes. */
    const waitingCall = async () => {
      left += 1;
      const id = await storeRepository(api.database, "octo", `left-${left}`);
      const oid = "d".repeat(40);
      return { id, variables: { repository: `octo/left-${left}`, oid, timeout: 60 } };
    };

    it.each(["completes it", "goes away"])("when its client over WebSocket %s", async (how) => {
      await using socket = await RawSocket.ready(api.url);
      const [left, kept] = [await waitingCall(), await waitingCall()];
      socket.subscribe("left", AWAIT, left.variables);
      socket.subscribe("kept", AWAIT, kept.variables);
      await waitingFor(left.id);
      await waitingFor(kept.id);
      if (how === "goes away") socket.socket.terminate();
      else socket.say({ id: "left", type: "complete" });
      await eventually(() => expect(followed).not.toContain(left.id));
      if (how === "goes away") return;
      expect(followed).toContain(kept.id);
      // The same id may be used for another at once, which is then as much its own.
      const again = await waitingCall();
      socket.subscribe("left", AWAIT, again.variables);
      await waitingFor(again.id);
      socket.say({ id: "left", type: "complete" });
      await eventually(() => expect(followed).not.toContain(again.id));
      expect(socket.closed).toBeNull();
      expect(socket.received.filter(({ id }) => id === "left")).toEqual([]);
    });

    it("when it is completed before it has come to wait, and its id used for another", async () => {
      await using socket = await RawSocket.ready(api.url);
      const calls = await Promise.all(Array.from({ length: 10 }, waitingCall));
      for (const { variables } of calls) {
        socket.subscribe("one", AWAIT, variables);
        socket.say({ id: "one", type: "complete" });
      }
      const last = await waitingCall();
      socket.subscribe("one", AWAIT, last.variables);
      await waitingFor(last.id);
      await eventually(() => expect([...followed]).toEqual([last.id]));
    });

    it("when its client hangs up an event stream", async () => {
      const { id, variables } = await waitingCall();
      const client = request(`${api.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream" },
      });
      client.on("error", () => {}); // it hangs up itself
      client.end(JSON.stringify({ query: AWAIT, variables }));
      await waitingFor(id);
      client.destroy();
      await eventually(() => expect(followed).not.toContain(id));
    });
  });

  it("ends with the process instead of holding it up", async () => {
    await using ending = await startTestApi();
    const id = await storeRepository(ending.database, "octo", "ending");
    const variables = { repository: "octo/ending", oid: "c".repeat(40), timeout: 60 };
    const answer = post(ending.url, AWAIT, variables);
    await eventually(async () => {
      expect(await isLookWanted(ending.database, id)).toBe(true);
      expect((await readRepository(ending.database, id)).checkReason).toBe("REQUESTED");
    });
    await ending.stop();
    expect((await answer).errors?.[0]?.extensions?.code).toBe("TIMEOUT");
  });
});
