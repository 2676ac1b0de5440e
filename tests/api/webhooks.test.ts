import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { ask, post } from "../support/graphql-client.js";
import { isLookWanted, readRepository, readWork, setWork } from "../support/work.js";
import { storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
const SECRET = "It's a Secret to Everybody";
const BODY = "Hello, World!";
const SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

interface Delivery {
  readonly event?: string;
  /** Null sends none. */
  readonly signature?: string | null;
  readonly delivery?: string;
}

const sign = (body: string | Buffer) =>
  `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;

async function deliver(
  { url }: TestApi,
  body: string | Buffer,
  { event = "push", signature = sign(body), delivery = randomUUID() }: Delivery = {},
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/webhooks/github`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-github-event": event,
      "x-github-delivery": delivery,
      ...(signature !== null && { "x-hub-signature-256": signature }),
    },
  });
  return { status: response.status, text: await response.text() };
}

interface PushedTo {
  readonly node_id: string;
  readonly id: number;
  readonly full_name: string;
  readonly pushed_at?: unknown;
}

/** Another push as GitHub sends it, shortened; its commits are none that anybody has. */
const push = (repository: PushedTo) => {
  const after = randomBytes(20).toString("hex");
  return JSON.stringify({
    ref: "refs/heads/main",
    after,
    commits: [{ id: after, message: "not to be believed" }],
    repository: { private: false, pushed_at: Math.floor(Date.now() / 1_000), ...repository },
  });
};

/** Delivers a push and waits until it was passed on; says whether that is tracked. */
async function ring(api: TestApi, body: string): Promise<boolean> {
  const delivery = randomUUID();
  expect((await deliver(api, body, { delivery })).status).toBe(202);
  return await eventually(() => {
    const lines = api.log().split("\n").slice(0, -1);
    const line = lines
      .map((text) => JSON.parse(text))
      .find((one) => one.msg === "webhook passed on" && one.delivery === delivery);
    expect(line).toBeDefined();
    return line.isTracked;
  });
}

let tracked = 0;

/** A tracked repository that is due in an hour, with its ids of GitHub. */
async function track({ database }: TestApi, name: string) {
  const id = await storeRepository(database, "Octo", name);
  tracked += 1;
  const data = { nodeId: `R_${tracked}`, databaseId: 9_000 + tracked, state: "ACTIVE" } as const;
  await database.primary.repository.update({ where: { id }, data });
  return { id, nodeId: data.nodeId, databaseId: data.databaseId };
}

const rowOf = async ({ database }: TestApi, id: number) => ({
  ...(await readRepository(database, id)),
  check: await readWork(database, "check", id),
});

/** As a check leaves it that has looked and found nothing. */
async function look({ database }: TestApi, id: number): Promise<void> {
  const inAnHour = new Date(Date.now() + 3_600_000);
  await setWork(database, "check", id, {
    ...{ reason: "RATE", dueAt: inAnHour, claimedUntil: null },
  });
}

/** Takes what checks were asked for, a repository each. */
async function takeChecks({ queue }: TestApi): Promise<number[]> {
  const ids: number[] = [];
  const { ready } = await queue.depth("check");
  const consumer = await queue.consume("check", { concurrency: 1 }, async (task) => {
    ids.push(...task.repositoryIds);
  });
  await eventually(() => expect(ids).toHaveLength(ready));
  await consumer.stop();
  return ids;
}

describe("webhooks", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ webhookSecret: SECRET });
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it("are off unless a secret is set", async () => {
    await using bare = await startTestApi();
    const body = push({ node_id: "R_1", id: 1, full_name: "o/n" });
    expect((await deliver(bare, body)).status).toBe(404);
    expect((await deliver(bare, body, { signature: null })).status).toBe(404);
  });

  it("take GitHub's published example of a signature", async () => {
    expect(sign(BODY)).toBe(SIGNATURE);
    expect((await deliver(api, BODY, { event: "ping", signature: SIGNATURE })).status).toBe(200);
  });

  it("refuse whatever is not signed with the secret, and do not say why", async () => {
    const other = createHmac("sha256", "another secret").update(BODY).digest("hex");
    const given: [string | Buffer, string | null][] = [
      [BODY, null],
      [BODY, ""],
      [BODY, `sha256=${other}`],
      [BODY, SIGNATURE.slice(0, -1)],
      [BODY, `${SIGNATURE}0`],
      [BODY, SIGNATURE.replace("sha256=", "")],
      [BODY, `sha1=${createHmac("sha1", SECRET).update(BODY).digest("hex")}`],
      ["Hello, World?", SIGNATURE],
      [`${BODY}\n`, SIGNATURE],
      ["", sign("")],
      // Read as text the two are the same; the bytes are not.
      [Buffer.from([0x22, 0xff, 0x22]), sign('"\uFFFD"')],
    ];
    for (const event of ["ping", "push"]) {
      for (const [body, signature] of given) {
        expect(await deliver(api, body, { event, signature })).toEqual({
          status: 401,
          text: '{"status":"unauthorized"}',
        });
      }
    }
    expect(api.log()).not.toContain(SECRET);
  });

  it("refuse a body that is too large before it is sent", async () => {
    const { port } = new URL(api.url);
    const sent = request({
      port,
      method: "POST",
      path: "/webhooks/github",
      headers: { "content-length": 4 * 1_024 * 1_024 + 1, "x-hub-signature-256": SIGNATURE },
    });
    sent.flushHeaders();
    const [response]: IncomingMessage[] = await once(sent, "response");
    expect(response?.statusCode).toBe(413);
    sent.destroy();
  });

  it("take a larger body than operations may have", async () => {
    const body = JSON.stringify({ zen: "x".repeat(1_024 * 1_024) });
    expect((await deliver(api, body, { event: "ping" })).status).toBe(200);
    const { status } = await fetch(`${api.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ __typename }", variables: { x: "x".repeat(512 * 1_024) } }),
    });
    expect(status).toBe(413);
  });

  it.each([
    ["no JSON", "not JSON"],
    ["null", "null"],
    ["no repository", "{}"],
    ["an empty node id", push({ node_id: "", id: 1, full_name: "o/n" })],
    ["half an id", push({ node_id: "R_1", id: 1.5, full_name: "o/n" })],
    ["a name of three parts", push({ node_id: "R_1", id: 1, full_name: "o/n/x" })],
    ["a zero byte", push({ node_id: "R_1", id: 1, full_name: "o/n\0" })],
  ])("answer 400 to a signed push with %s", async (_what, body) => {
    expect((await deliver(api, body)).status).toBe(400);
  });

  it("answer 202 to events that say nothing of commits, and do nothing", async () => {
    const { nodeId, databaseId } = await track(api, "starred");
    const body = push({ node_id: nodeId, id: databaseId, full_name: "Octo/starred" });
    expect((await deliver(api, body, { event: "star" })).status).toBe(202);
    expect(await takeChecks(api)).toEqual([]);
  });

  it("have a repository checked at once after a push, and believe nothing of its commits", async () => {
    const { id, nodeId, databaseId } = await track(api, "pushed");
    const body = push({ node_id: nodeId, id: databaseId, full_name: "Octo/pushed" });
    expect(await ring(api, body)).toBe(true);
    expect(await takeChecks(api)).toEqual([id]);
    const row = await rowOf(api, id);
    expect(row).toMatchObject({ checkReason: "REQUESTED", observedOid: null });
    expect(await isLookWanted(api.database, id)).toBe(true);
    expect(row.nextCheckAt?.getTime()).toBeLessThanOrEqual(Date.now());
    // The scheduler finds it should the task be lost.
    expect(row.check?.claimedUntil?.getTime()).toBeGreaterThan(Date.now());
    expect(row.check?.claimedUntil?.getTime()).toBeLessThanOrEqual(Date.now() + 15_000);
  });

  it("ask for one check however often they come, until that has looked or should have", async () => {
    const { id, nodeId, databaseId } = await track(api, "busy");
    const another = () => push({ node_id: nodeId, id: databaseId, full_name: "Octo/busy" });
    for (const _ of [1, 2, 3]) expect(await ring(api, another())).toBe(true);
    expect(await takeChecks(api)).toEqual([id]);
    const endLease = () => setWork(api.database, "check", id, { claimedUntil: new Date(0) });
    for (const end of [() => look(api, id), endLease]) {
      await end();
      expect(await ring(api, another())).toBe(true);
      expect(await takeChecks(api)).toEqual([id]);
    }
  });

  it("find a repository by node id, else by database id, else by name", async () => {
    const { id, nodeId, databaseId } = await track(api, "found");
    const legacy = Buffer.from(`010:Repository${databaseId}`).toString("base64");
    const neither = { node_id: "R_none", id: 1_234 };
    for (const repository of [
      { ...neither, node_id: nodeId, full_name: "elsewhere/renamed" },
      { node_id: legacy, id: databaseId, full_name: "elsewhere/renamed" },
      { node_id: legacy, id: databaseId, full_name: "octo/found" },
      { ...neither, full_name: "OCTO/Found" },
    ]) {
      await look(api, id);
      expect(await ring(api, push(repository))).toBe(true);
      expect(await takeChecks(api)).toEqual([id]);
    }
  });

  it("believe the database id where the name leads to another repository", async () => {
    const renamed = await track(api, "renamed");
    await track(api, "taken");
    const repository = { node_id: "R_legacy", id: renamed.databaseId, full_name: "octo/taken" };
    expect(await ring(api, push(repository))).toBe(true);
    expect(await takeChecks(api)).toEqual([renamed.id]);
  });

  it("answer 202 for a repository that nobody tracks, and do nothing", async () => {
    const repository = { node_id: "R_unknown", id: 987_654_321_012, full_name: "who/knows" };
    expect(await ring(api, push(repository))).toBe(false);
    expect(await takeChecks(api)).toEqual([]);
  });

  it.each(["PAUSED", "FAILED"] as const)("leave one that is %s as it is", async (state) => {
    const name = state.toLowerCase();
    const { id, nodeId, databaseId } = await track(api, name);
    await api.database.primary.repository.update({ where: { id }, data: { state } });
    const before = await rowOf(api, id);
    const body = push({ node_id: nodeId, id: databaseId, full_name: `Octo/${name}` });
    expect(await ring(api, body)).toBe(true);
    expect(await rowOf(api, id)).toEqual(before);
    expect(await takeChecks(api)).toEqual([]);
  });

  it("answer even while the queue is closed; the row is due soon", async () => {
    await using shut = await startTestApi({ webhookSecret: SECRET });
    const { id, nodeId, databaseId } = await track(shut, "unpublished");
    await shut.queue.close();
    const body = push({ node_id: nodeId, id: databaseId, full_name: "Octo/unpublished" });
    expect(await ring(shut, body)).toBe(true);
    const { nextCheckAt, check } = await rowOf(shut, id);
    expect(nextCheckAt?.getTime()).toBeLessThan(Date.now() + 60_000);
    expect(check?.claimedUntil?.getTime()).toBeLessThan(Date.now() + 60_000);
  });

  describe("that were brought before", () => {
    let own: TestApi;
    beforeAll(async () => {
      own = await startTestApi({ webhookSecret: SECRET });
    });
    afterAll(() => own?.[Symbol.asyncDispose]());
    const isRung = async (body: string, delivery?: string) => {
      const { status, text } = await deliver(own, body, { ...(delivery && { delivery }) });
      expect(status).toBe(202);
      return JSON.parse(text).status === "accepted";
    };
    const bodyOf = async (name: string, pushedAt?: unknown) => {
      const { nodeId, databaseId } = await track(own, name);
      const at = pushedAt !== undefined && { pushed_at: pushedAt };
      return () => push({ node_id: nodeId, id: databaseId, full_name: `Octo/${name}`, ...at });
    };

    it("are not rung for again: not by their id, and not by their body under another", async () => {
      const another = await bodyOf("replayed");
      const body = another();
      const delivery = randomUUID();
      expect(await isRung(body, delivery)).toBe(true);
      expect(await isRung(body, delivery)).toBe(false);
      for (const made of [randomUUID(), "", "x".repeat(5_000)]) {
        expect(await isRung(body, made)).toBe(false);
      }
      expect(await isRung(another(), delivery)).toBe(false);
      expect(await isRung(another(), randomUUID())).toBe(true);
    });

    it("are rung for again where it came to nothing", async () => {
      let isAway = false;
      await using cut = await startTestApi({
        webhookSecret: SECRET,
        database: (real) => ({
          ...real,
          get primary() {
            if (isAway) throw new Error("away");
            return real.primary;
          },
        }),
      });
      const { nodeId, databaseId } = await track(cut, "lost");
      const body = push({ node_id: nodeId, id: databaseId, full_name: "Octo/lost" });
      const delivery = randomUUID();
      isAway = true;
      expect((await deliver(cut, body, { delivery })).text).toContain("accepted");
      await eventually(() => expect(cut.log()).toContain("webhook lost"));
      isAway = false;
      expect((await deliver(cut, body, { delivery })).text).toContain("accepted");
      await eventually(() => expect(cut.log()).toContain("webhook passed on"));
    });

    it("are known after thousands of others, and those of a week ago are no news to anybody", async () => {
      const another = await bodyOf("old");
      const first = another();
      expect(await isRung(first)).toBe(true);
      const week = Math.floor(Date.now() / 1_000) - 7 * 24 * 3_600;
      const old = await bodyOf("older", week);
      expect(await isRung(old())).toBe(false);
      expect(await isRung(first)).toBe(false);
    });

    it.each([null, "2020-01-01T00:00:00Z", {}])("take %o for no date at all", async (pushedAt) => {
      const another = await bodyOf(`dated-${JSON.stringify(pushedAt).length}`, pushedAt);
      expect(await isRung(another())).toBe(true);
    });
  });

  it("are not needed to have one checked: refreshRepository does the same", async () => {
    const { id } = await track(api, "refreshed");
    const refresh = `mutation ($repository: String!) {
      refreshRepository(repository: $repository) { requested repository { id nextCheckAt } } }`;
    const { refreshRepository } = await ask<{
      refreshRepository: {
        requested: boolean;
        repository: { id: string; nextCheckAt: string };
      };
    }>(api.url, refresh, { repository: "octo/REFRESHED" });
    const { requested, repository } = refreshRepository;
    expect(requested).toBe(true);
    expect(repository.id).toBe(`Repository:${id}`);
    expect(Date.parse(repository.nextCheckAt)).toBeLessThan(Date.now() + 60_000);
    expect(await takeChecks(api)).toEqual([id]);
    const { errors } = await post(api.url, refresh, { repository: "who/knows" });
    expect(errors?.[0]?.extensions).toMatchObject({ code: "NOT_FOUND", field: "repository" });
  });
});
