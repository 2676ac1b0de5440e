import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { GitHistories } from "../../src/git/git-histories.js";
import type { FaultAnswer } from "../../src/github-stand-in/http/fault.js";
import { STAND_IN_TOKEN } from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { failureOf, NEVER, processesIn, readAll, reasonOf, setScene } from "./scene.js";

const scene = setScene();
const repository = { owner: "acme", name: "one" };
let oid: string;

beforeAll(async () => {
  await scene.gitHub.addRepository(repository);
  const message = () => randomBytes(30_000).toString("base64");
  const oids = await scene.gitHub.commit(
    "acme/one",
    Array.from({ length: 20 }, () => ({ message: message() })),
  );
  oid = oids.at(-1) ?? "";
});

const LIMITING = "GitHub is temporarily limiting some unauthenticated downloads.";

const open = (histories: GitHistories, signal = NEVER) =>
  histories.open({ ...repository, oid }, { signal });
const inject = (answer: FaultAnswer) =>
  scene.gitHub.injectFault({ when: { operationName: "git fetch" }, answer });

/** Opening and reading: some faults show when it is read. */
async function wholeReasonOf(histories: GitHistories) {
  return await reasonOf(open(histories).then((history) => readAll(history)));
}

describe("an answer that is none", () => {
  test.each([
    [{ status: 401 }, "refused"],
    [{ status: 403, body: "SAML" }, "refused"],
    [{ status: 451 }, "refused"],
    [{ status: 404 }, "not-found"],
    [{ status: 500 }, "unreachable"],
    [{ status: 502, headers: { "content-type": "text/html" }, body: "<html>" }, "unreachable"],
    ["upstream-503", "unreachable"],
    ["timeout-504-json", "unreachable"],
    ["bad-credentials", "refused"],
    [{ status: 400 }, "malformed"],
    [{ status: 200, body: "hello", headers: { "content-type": "text/plain" } }, "malformed"],
    ["reset", "unreachable"],
    ["cut", "unreachable"],
  ] as const)("%j: %s", async (fault, reason) => {
    await inject(fault);
    expect(await wholeReasonOf(await scene.open())).toBe(reason);
  });

  test("that leads to another server is not followed there", async () => {
    const followed = vi.fn();
    const other = createServer((_request, response) => {
      followed();
      response.end();
    }).listen(0, "127.0.0.1");
    await eventually(() => expect(other.listening).toBe(true));
    const { port } = other.address() as AddressInfo;
    const location = `http://127.0.0.1:${port}/acme/one.git/git-upload-pack`;
    await inject({ status: 302, headers: { location } });
    expect(await wholeReasonOf(await scene.open())).toBe("unreachable");
    expect(followed).not.toHaveBeenCalled();
    await new Promise((closed) => other.close(closed));
  });

  test("that leads in circles ends", async () => {
    const location = "/acme/one.git/git-upload-pack";
    const answer = { status: 301, headers: { location } };
    await scene.gitHub.injectFault({ answer, times: "always" });
    expect(await wholeReasonOf(await scene.open())).toBe("unreachable");
  });

  test("of a server that is not there: unreachable", async () => {
    const histories = await scene.open({}, { gitUrl: "http://127.0.0.1:1" });
    expect(await wholeReasonOf(histories)).toBe("unreachable");
  });
});

describe("a pack with a fault in it", () => {
  test.each([
    ["truncated", "unreachable"],
    ["short-pack", "malformed"],
    ["wrong-count", "malformed"],
    ["wrong-bit", "malformed"],
    ["wrong-hash", "malformed"],
    ["garbage", "malformed"],
    ["wrong-band", "malformed"],
    ["fatal", "malformed"],
    ["web-page", "malformed"],
    ["no-filters", "no-filters"],
    ["ignored-filter", "no-filters"],
  ] as const)("%s: %s", async (pack, reason) => {
    // A server without filters is asked what it can do.
    await scene.gitHub.injectFault({ answer: { pack }, times: 2 });
    expect(await wholeReasonOf(await scene.open())).toBe(reason);
    await scene.gitHub.clearFaults();
    const again = await open(await scene.open());
    expect((await readAll(again)).oids).toHaveLength(20);
  });
});

describe("to wait", () => {
  test.each([
    ["secondary-429", 60],
    ["secondary-403", 60],
    [{ status: 429, headers: { "retry-after": "7" } }, 7],
    [{ status: 503, headers: { "retry-after": "9" } }, 9],
    [{ status: 429 }, 60],
    [{ status: 403, headers: { "content-type": "text/plain" }, body: LIMITING }, 60],
  ] as const)(
    "%j is obeyed for so many seconds, whichever repository is asked for",
    async (fault, seconds) => {
      let nowMs = Date.now();
      const histories = await scene.open({}, { now: () => nowMs });
      await inject(fault);
      const { reason, error } = await failureOf(open(histories));
      expect(reason).toBe("rate-limited");
      expect(error.details.retryAt).toEqual(new Date(nowMs + seconds * 1_000));
      await scene.gitHub.reset();
      nowMs += seconds * 1_000 - 1;
      const other = { owner: "acme", name: "other", oid };
      expect(await reasonOf(histories.open(other, { signal: NEVER }))).toBe("rate-limited");
      expect(await scene.gitHub.countOperations()).toEqual({});
      nowMs += 1;
      await (await open(histories)).close();
    },
  );
});

describe("who may see what", () => {
  const reasonFor = async (histories: GitHistories, name: string) =>
    await reasonOf(histories.open({ owner: "acme", name, oid }, { signal: NEVER }));

  test("a token that is unknown, or of somebody who may not: refused or not found", async () => {
    await scene.gitHub.addRepository({ owner: "acme", name: "private", isPrivate: true });
    const stranger = await scene.open({}, { tokens: ["no-token-of-anybody"] });
    expect(await reasonFor(stranger, "private")).toBe("refused");
    expect(await reasonFor(await scene.open(), "private")).toBe("not-found");
    const nobody = await scene.open({}, { tokens: [] });
    expect(await reasonFor(nobody, "private")).toBe("refused");
    await (await open(nobody)).close();
  });

  test("another token is tried where the first may not", async () => {
    await scene.gitHub.addUser({ login: "insider", tokens: ["insider-token"] });
    const shown = { owner: "acme", name: "for-insiders" };
    await scene.gitHub.addRepository({ ...shown, isPrivate: true, visibleTo: ["insider"] });
    const [only = ""] = await scene.gitHub.commit("acme/for-insiders", [{ message: "one" }]);
    const tokens = ["revoked-token", STAND_IN_TOKEN, "insider-token"];
    const histories = await scene.open({}, { tokens });
    for (let turn = 0; turn < tokens.length; turn += 1) {
      const history = await histories.open({ ...shown, oid: only }, { signal: NEVER });
      expect((await readAll(history)).oids).toEqual([only]);
    }
  });

  test("a repository that organisation or staff keep from the token: refused", async () => {
    await scene.gitHub.addRepository({ owner: "acme", name: "saml", refusal: "saml" });
    await scene.gitHub.addRepository({ owner: "acme", name: "disabled", isDisabled: true });
    for (const name of ["saml", "disabled"]) {
      expect(await reasonFor(await scene.open(), name)).toBe("refused");
    }
  });

  test("a commit that is not there is named, and no other token is tried for it", async () => {
    const missingOid = "1".repeat(40);
    const histories = await scene.open({}, { tokens: [STAND_IN_TOKEN, STAND_IN_TOKEN] });
    await scene.gitHub.reset();
    const wanted = { ...repository, oid: missingOid };
    const { reason, error } = await failureOf(histories.open(wanted, { signal: NEVER }));
    expect(reason).toBe("not-found");
    expect(error.details).toMatchObject({ missingOid });
    expect((await scene.gitHub.listRequests()).length).toBe(1);
  });
});

describe("bounds", () => {
  test.each([
    [{ packBytesMax: 100_000 }, "too-large"],
    [{ freeBytesMin: Number.MAX_SAFE_INTEGER }, "no-disk"],
  ] as const)("%j: %s", async (limits, reason) => {
    expect(await wholeReasonOf(await scene.open(limits))).toBe(reason);
  });

  test("a commit larger than may be is named and never held; the others are as always", async () => {
    const large = { owner: "acme", name: "large" };
    await scene.gitHub.addRepository(large);
    const messages = ["first", "x".repeat(2_000_000), "last"];
    const oids = await scene.gitHub.commit(
      "acme/large",
      messages.map((message) => ({ message })),
    );
    const histories = await scene.open({ commitBytesMax: 1_000_000 });
    const wanted = { ...large, oid: oids[2] ?? "" };
    const read = await readAll(await histories.open(wanted, { signal: NEVER }));
    expect(read.oids).toEqual([...oids].reverse());
    expect(read.commits.map(({ message }) => message)).toEqual(["last", "first"]);
    expect(read.odd).toEqual([{ oid: oids[1], why: "it is larger than 1000000 bytes", place: 1 }]);
  });

  test.each([
    ["hang", { silenceMsMax: 200 }],
    ["stall", { silenceMsMax: 500 }],
    [{ bytesPerSecond: 20_000 }, { arrivalMsMax: 500 }],
    [{ delayMs: 60_000 }, { silenceMsMax: 200 }],
  ] as const)("%j ends in time", async (fault, limits) => {
    await inject(fault);
    expect(await wholeReasonOf(await scene.open(limits))).toBe("timed-out");
  });

  test("slow is not silent: what goes on coming arrives", async () => {
    await inject({ bytesPerSecond: 120_000 });
    const history = await open(await scene.open({ silenceMsMax: 3_000 }));
    expect((await readAll(history)).oids).toHaveLength(20);
  });

  test("a folder that cannot be written: no disk", async () => {
    const file = fileURLToPath(import.meta.url);
    const elsewhere = await scene.open({}, { folder: join(file, "below") });
    expect(await reasonOf(open(elsewhere))).toBe("no-disk");
  });

  test("no git on this machine: no git, and nothing is asked for", async () => {
    await scene.gitHub.reset();
    vi.stubEnv("PATH", scene.folder);
    try {
      expect(await reasonOf(open(await scene.open()))).toBe("no-git");
      expect(await scene.gitHub.countOperations()).toEqual({});
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

test("the token is neither in git's arguments and environment nor in what a failure tells", async () => {
  const history = await open(await scene.open());
  const pages = history.pages({ commits: 1, bytes: 1_000 })[Symbol.asyncIterator]();
  await pages.next();
  const running = processesIn(scene.folder);
  expect(running.length).toBeGreaterThan(0);
  const basic = Buffer.from(`x-access-token:${STAND_IN_TOKEN}`).toString("base64");
  for (const { args, environment } of running) {
    const words = [...args, ...environment].join("\n");
    expect(words).not.toContain(STAND_IN_TOKEN);
    expect(words).not.toContain(basic);
    const names = environment.map((each) => each.split("=")[0]).filter((name) => name !== "");
    for (const name of names) expect(name).toMatch(/^(PATH|HOME|LC_ALL|GIT_[A-Z_]+)$/);
  }
  await history.close();
  const body = `You sent Basic ${basic}, that is ${STAND_IN_TOKEN}.`;
  const headers = { "content-type": "text/plain" };
  for (const status of [400, 403, 500]) {
    await inject({ status, headers, body });
    const { error } = await failureOf(open(await scene.open()));
    expect(error.message).toContain("You sent");
    const all = JSON.stringify([error.message, error.details, String(error.cause)]);
    expect(all).not.toContain(STAND_IN_TOKEN);
    expect(all).not.toContain(basic);
  }
});
