import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { announceTokens } from "../../src/app/announce-tokens.js";
import { type LimitKind, NO_LIMITS } from "../../src/domain/rate-account.js";
import type { BudgetLedger } from "../../src/github/budget-ledger.js";
import { fingerprintOf } from "../../src/github/token.js";
import { type GitHubStandIn, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { createBudgetStore } from "../../src/store/budget/budget-store.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const WAITING = { databaseId: 11, login: "waiting", tokens: ["token-a", "token-b"] };
const OTHER = { databaseId: 12, login: "other", tokens: ["token-c"] };
const SAID_TO_WAIT = "github token not asked about, github said to wait";
const ACCEPTED = "github accepts this token";

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly place?: number;
  readonly user?: string;
}

describe("what a worker says of its tokens as it starts", () => {
  let test: TestDatabase;
  let gitHub: GitHubStandIn;
  let ledger: BudgetLedger;
  beforeAll(async () => {
    test = await createTestDatabase();
    gitHub = await startGitHubStandIn({ users: [WAITING, OTHER] });
  });
  afterAll(async () => {
    await gitHub?.stop();
    await test?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await test.database.primary.rateBudget.deleteMany();
    await test.database.primary.gitHubRequest.deleteMany();
    ledger = createBudgetStore({ database: test.database, requestTimeoutMs: 15_000 });
  });

  async function announce(tokens: readonly string[], from = ledger): Promise<Line[]> {
    const lines: Line[] = [];
    const write = (chunk: Buffer, _encoding: string, done: () => void) => {
      lines.push(JSON.parse(chunk.toString()));
      done();
    };
    const logger = pino({ level: "info" }, new Writable({ write }));
    const { signal } = new AbortController();
    const asking = { apiUrl: gitHub.url, userAgent: "tracker-test", requestTimeoutMs: 10_000 };
    await announceTokens(tokens, { ...asking, ledger: from, logger, signal });
    return lines;
  }
  const told = (lines: readonly Line[]) => lines.map(({ place, msg, user }) => [place, msg, user]);
  const asked = async () => (await gitHub.listRequests()).length;

  /** GitHub tells the user of these tokens to wait for a minute, or has told so. */
  async function refuse(tokens: readonly string[], limit: LimitKind, inMs = 60_000): Promise<void> {
    const user = { userId: BigInt(WAITING.databaseId), login: WAITING.login };
    await ledger.register(user, tokens.map(fingerprintOf), NO_LIMITS);
    const acquired = await ledger.acquire(user.userId, "live");
    if (!acquired.granted) throw new Error(acquired.reason);
    const retryAt = new Date(Date.now() + inMs);
    await ledger.settle(acquired.requestId, { kind: "refused", limit, retryAt, limits: NO_LIMITS });
  }

  it("is whose each is", async () => {
    const before = await asked();
    expect(told(await announce(["token-c", "token-a"]))).toEqual([
      [1, ACCEPTED, "other"],
      [2, ACCEPTED, "waiting"],
    ]);
    expect(await asked()).toBe(before + 2);
  });

  it.each<LimitKind>(["primary", "secondary"])(
    "is, while a %s limit pauses a token's user, that GitHub said to wait, without asking it",
    async (limit) => {
      await refuse(["token-a", "token-b"], limit);
      await ledger.register({ userId: 12n, login: "other" }, [fingerprintOf("token-c")], NO_LIMITS);
      const before = await asked();
      expect(told(await announce(["token-a", "token-c", "token-b"]))).toEqual([
        [1, SAID_TO_WAIT, undefined],
        [2, ACCEPTED, "other"],
        [3, SAID_TO_WAIT, undefined],
      ]);
      const requests = (await gitHub.listRequests()).slice(before);
      expect(requests.map(({ user }) => user)).toEqual(["other"]);
    },
  );

  it("is the same of a token that is nobody's yet: it may be one of the user who is to wait", async () => {
    await refuse(["token-a"], "secondary");
    const before = await asked();
    expect(told(await announce(["token-b", "token-a"]))).toEqual([
      [1, SAID_TO_WAIT, undefined],
      [2, SAID_TO_WAIT, undefined],
    ]);
    expect(await asked()).toBe(before);
  });

  it("is whose each is again once the pause is over", async () => {
    await refuse(["token-a"], "secondary", -1);
    expect(told(await announce(["token-a", "token-b"]))).toEqual([
      [1, ACCEPTED, "waiting"],
      [2, ACCEPTED, "waiting"],
    ]);
  });

  it("is, where the ledger does not answer, that alone: nobody knows whether GitHub may be asked", async () => {
    const closed = await createTestDatabase({ connectionsMax: 1 });
    const { database } = closed;
    await closed[Symbol.asyncDispose]();
    const before = await asked();
    const lines = await announce(
      ["token-a", "token-c"],
      createBudgetStore({ database, requestTimeoutMs: 15_000 }),
    );
    expect(lines.map(({ msg }) => msg)).toEqual(["github tokens could not be checked"]);
    expect(await asked()).toBe(before);
  });
});
