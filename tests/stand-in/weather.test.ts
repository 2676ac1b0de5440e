import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { ask } from "./ask.js";

let standIn: GitHubStandIn;
let nowMs = Date.UTC(2030, 0, 1);

beforeEach(async () => {
  nowMs = Date.UTC(2030, 0, 1);
  standIn = await startGitHubStandIn({ now: () => nowMs });
});
afterEach(() => standIn.stop());

const VIEWER = "query Who { viewer { login } }";

interface Sight {
  readonly pushedAt: string | null;
  readonly defaultBranchRef: { readonly target: { readonly oid: string } } | null;
}

/** Its head and its `pushedAt`, by name. */
async function look(name: string): Promise<[head: string | null, pushedAt: string | null]> {
  const { data } = await ask<{ repository: Sight }>(
    standIn.url,
    `query LookUp($name: String!) { repository(owner: "acme", name: $name) { pushedAt defaultBranchRef { target { oid } } } }`,
    { name },
  );
  const { defaultBranchRef, pushedAt } = data.repository;
  return [defaultBranchRef?.target.oid ?? null, pushedAt];
}

describe("a stale replica", () => {
  test("answers as before the last push, so many times", async () => {
    await standIn.addRepository({ owner: "acme", name: "one" });
    const [first = ""] = await standIn.commit("acme/one", [{ message: "first" }]);
    nowMs += 60_000;
    const [second = ""] = await standIn.commit("acme/one", [{ message: "second" }]);
    const before = [first, "2030-01-01T00:00:00Z"];
    await standIn.injectFault({ answer: "stale-replica", times: 2 });
    expect(await look("one")).toEqual(before);
    expect(await look("one")).toEqual(before);
    expect(await look("one")).toEqual([second, "2030-01-01T00:01:00Z"]);
  });

  test("knows neither a first push, nor a rewrite, nor that a branch has gone", async () => {
    await standIn.addRepository({ owner: "acme", name: "one" });
    const [first = ""] = await standIn.commit("acme/one", [{ message: "first" }]);
    await standIn.injectFault({ answer: "stale-replica" });
    expect(await look("one")).toEqual([null, null]);
    const [other = ""] = await standIn.writeCommits("acme/one", [{ message: "2", parents: [] }]);
    await standIn.forcePush("acme/one", "main", other);
    await standIn.injectFault({ answer: "stale-replica" });
    expect((await look("one"))[0]).toBe(first);
    await standIn.deleteBranch("acme/one", "main");
    await standIn.injectFault({ answer: "stale-replica" });
    expect((await look("one"))[0]).toBe(other);
    expect((await look("one"))[0]).toBeNull();
  });

  test("has the commits from before the push, and none that came with it", async () => {
    await standIn.addRepository({ owner: "acme", name: "one" });
    const [first = ""] = await standIn.commit("acme/one", [{ message: "first" }]);
    const [second = ""] = await standIn.commit("acme/one", [{ message: "second" }]);
    const has = async (oid: string) => {
      const { data } = await ask<{ repository: { object: unknown } }>(
        standIn.url,
        `query ($oid: GitObjectID!) { repository(owner: "acme", name: "one") { object(oid: $oid) { oid } } }`,
        { oid },
      );
      return data.repository.object !== null;
    };
    await standIn.injectFault({ answer: "stale-replica", times: 2 });
    expect(await has(first)).toBe(true);
    expect(await has(second)).toBe(false);
    expect(await has(second)).toBe(true);
  });
});

test("each so-manieth request alone may be refused, for as long as the fault stays", async () => {
  const stray = { when: { every: 3 }, answer: "bad-credentials", times: "always" } as const;
  const id = await standIn.injectFault(stray);
  const statuses: number[] = [];
  for (let count = 0; count < 7; count += 1) {
    statuses.push((await ask(standIn.url, VIEWER)).status);
  }
  expect(statuses).toEqual([200, 200, 401, 200, 200, 401, 200]);
  await standIn.clearFaults(id);
  expect((await ask(standIn.url, VIEWER)).status).toBe(200);
});

test("a look-up by name may fail while look-ups by node id go through", async () => {
  const { id } = await standIn.addRepository({ owner: "acme", name: "one" });
  await standIn.addRepository({ owner: "acme", name: "two" });
  const byName = async (...names: string[]) => {
    const fields = names.map(
      (name, n) => `r${n}: repository(owner: $owner, name: "${name}") { id }`,
    );
    const query = `query LookUp($owner: String!) { ${fields.join(" ")} }`;
    return (await ask(standIn.url, query, { owner: "acme" })).status;
  };
  const byId = async () =>
    (await ask(standIn.url, "query LookUp($id: ID!) { node(id: $id) { id } }", { id })).status;
  await standIn.injectFault({
    when: { asksByName: "Acme/One" },
    answer: "timeout-502-json",
    times: 2,
  });
  expect([await byId(), await byName("two"), await byName("two", "one")]).toEqual([200, 200, 502]);
  expect([await byName("one"), await byName("one")]).toEqual([502, 200]);
  await standIn.injectFault({ when: { asksByName: "*" }, answer: "timeout-502-json" });
  expect([await byId(), await byName("two"), await byName("two")]).toEqual([200, 502, 200]);
});

test("an answer may stall half-way, with the connection open", async () => {
  await standIn.injectFault({ answer: "stall" });
  const giveUp = new AbortController();
  const response = await fetch(`${standIn.url}/graphql`, {
    method: "POST",
    headers: { authorization: "bearer stand-in-token" },
    body: JSON.stringify({ query: VIEWER }),
    signal: giveUp.signal,
  });
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  expect(response.status).toBe(200);
  expect(value?.length).toBe(Number(response.headers.get("content-length")) >> 1);
  const rest = reader?.read();
  rest?.catch(() => {});
  // The connection takes no part in what others get meanwhile, and says nothing by itself.
  expect((await ask(standIn.url, VIEWER)).status).toBe(200);
  expect(await Promise.race([rest, delay(100, "nothing yet")])).toBe("nothing yet");
  giveUp.abort();
  await expect(rest).rejects.toThrow(/abort/);
});

test.each([180_000, -180_000])(
  "its clock may go wrong by %i ms, in all that it tells of times",
  async (clockAheadMs) => {
    await standIn.addRepository({ owner: "acme", name: "one" });
    await standIn.configure({ clockAheadMs });
    await standIn.commit("acme/one", [{ message: "first" }]);
    const { headers } = await ask(standIn.url, VIEWER);
    const gitHubMs = nowMs + clockAheadMs;
    expect(headers.get("date")).toBe(new Date(gitHubMs).toUTCString());
    expect(headers.get("x-ratelimit-reset")).toBe(String((gitHubMs + 3_600_000) / 1_000));
    expect((await look("one"))[1]).toBe(new Date(gitHubMs).toISOString().replace(".000", ""));
    await standIn.configure({
      secondaryForm: { status: 403, retryAfter: "http-date" },
      secondaryLimits: {
        concurrentMax: 0,
        queriesPerMinuteMax: 1,
        responseMsPerMinuteMax: 1,
        retryAfterMs: 60_000,
      },
    });
    const refused = await ask(standIn.url, VIEWER);
    expect(refused.headers.get("retry-after")).toBe(new Date(gitHubMs + 60_000).toUTCString());
    expect((await standIn.listRequests()).at(-1)?.at).toBe(nowMs);
  },
);
