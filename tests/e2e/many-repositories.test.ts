import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoggedRequest } from "../../src/github-stand-in/http/request-log.js";
import { GITHUB_TIMES } from "../../src/github-stand-in/limits/latency.js";
import { type GitHubStandIn, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { type FeedWatch, watchFeed } from "../support/feed-watch.js";
import { ask } from "../support/graphql-client.js";
import { revList } from "../support/histories.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import {
  addSharedRepositories,
  type SharedRepositorySpec,
} from "../support/shared-repositories.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const PAGE = 100;
const TIMEOUT_MS = 120_000;
/** For all first histories; what they need of GitHub's time is allowed to two users in some seventy seconds. */
const NEW_MS_MAX = 110_000;
/** From the ledger's leave to GitHub, and from GitHub's refusal to the ledger, on a busy machine. */
const ON_ITS_WAY_MS = 500;
const USERS = [
  { login: "ada", databaseId: 1, tokens: ["token-of-ada", "another-of-ada"] },
  { login: "grace", databaseId: 2, tokens: ["token-of-grace"] },
];
/** Complete before the others are added, and pushed to. */
const KNOWN = specs("known", 40, () => 3);
/**
 * First histories of one and two pages. They need more of GitHub's time than both users have in a minute, so
 * that most of them wait, some for longer than a lease.
 */
const NEW = specs("new", 130, (index) => 1 + Math.floor((index * 200) / 130));
const PAGES = NEW.reduce((sum, { commitCount }) => sum + Math.ceil(commitCount / PAGE), 0);

/** Real processes on real PostgreSQL and RabbitMQ, against a GitHub of real git repositories that takes its time. */
describe("many repositories on the budgets of two users", () => {
  let gitHub: GitHubStandIn;
  let database: TestDatabase;
  let broker: BrokerSpace;
  let folder: string;
  let processes: TrackerProcess[] = [];
  let client: pg.Client;
  let url: string;
  let feed: FeedWatch;

  beforeAll(async () => {
    gitHub = await startGitHubStandIn({ users: USERS });
    await gitHub.addUser({ login: "mallory", databaseId: 3, tokens: ["revoked-token"] });
    await gitHub.revokeToken("revoked-token");
    folder = await mkdtemp(join(tmpdir(), "tracker-many-"));
    await addSharedRepositories(gitHub, folder, [...KNOWN, ...NEW]);
    [database, broker] = await Promise.all([
      createTestDatabase({ connectionsMax: 2 }),
      openBrokerSpace(),
    ]);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const env = {
      DATABASE_URL: database.url,
      RABBITMQ_URL: broker.url,
      GITHUB_API_URL: gitHub.url,
      GITHUB_TOKENS: [...USERS.flatMap(({ tokens }) => tokens), "revoked-token"].join(","),
      HISTORY_TRANSPORT: "api", // so that first histories need GitHub's time
      MIN_CHECK_INTERVAL: "5",
      MAX_CHECK_INTERVAL: "60",
      LOG_LEVEL: "info",
    };
    processes = ["api,scheduler", "worker", "worker", "worker"].map((ROLES) =>
      startTracker({ ...env, ROLES }),
    );
    url = (await processes[0]?.url()) ?? "";
    feed = watchFeed(url);
    await add(KNOWN);
    await eventually(() => expect(incomplete(KNOWN)).toEqual([]), TIMEOUT_MS);
    await gitHub.configure({ latency: GITHUB_TIMES });
  }, TIMEOUT_MS);

  afterAll(async () => {
    await feed?.[Symbol.asyncDispose]();
    await Promise.all(processes.map((tracker) => tracker.stop("SIGKILL")));
    await client?.end();
    await gitHub?.stop();
    await database?.[Symbol.asyncDispose]();
    await broker?.remove();
    await rm(folder, { recursive: true, force: true });
  }, TIMEOUT_MS);

  const every = (step: number) => KNOWN.filter((_, index) => index % step === 0);

  async function add(some: readonly SharedRepositorySpec[]): Promise<void> {
    const mutation = `mutation ($urls: [String!]!) { addRepositories(urls: $urls) { createdCount } }`;
    for (let at = 0; at < some.length; at += 100) {
      await ask(url, mutation, { urls: some.slice(at, at + 100).map(nameOf) });
    }
  }

  function incomplete(some: readonly SharedRepositorySpec[]): string[] {
    feed.check();
    return some.map(nameOf).filter((name) => !feed.completeAt.has(name));
  }

  /** Pushes one commit each, and waits until all of them are stored. */
  async function pushTo(some: readonly SharedRepositorySpec[], message: string): Promise<void> {
    const heads = await Promise.all(
      some.map(async (one) => (await gitHub.commit(nameOf(one), [{ message }]))[0] ?? ""),
    );
    await eventually(() => {
      feed.check();
      expect(heads.filter((oid) => !feed.seenAt.has(oid))).toEqual([]);
    }, TIMEOUT_MS);
  }

  const requestsOf = async (operation: string) =>
    (await gitHub.countOperations())[operation]?.requests ?? 0;

  it(
    "fetches each page once, looks once at what waits, and goes on with live pushes meanwhile",
    async () => {
      const pagesBefore = await requestsOf("History");
      await add(NEW);
      let pushed = 0;
      for (const endsAt = Date.now() + NEW_MS_MAX; Date.now() < endsAt; ) {
        if (incomplete(NEW).length === 0) break;
        await pushTo(KNOWN.slice(pushed % KNOWN.length).slice(0, 1), `while they wait ${pushed}`);
        pushed += 1;
      }
      expect(incomplete(NEW)).toEqual([]);
      expect(pushed).toBeGreaterThanOrEqual(5);
      expect(await requestsOf("History")).toBe(pagesBefore + PAGES + pushed);
      const { looks, refusals } = await gitHub.readUse();
      const again = NEW.map(nameOf).filter((name) => {
        const until = feed.completeAt.get(name) ?? 0;
        return (looks[name]?.times.filter((at) => at < until).length ?? 0) !== 1;
      });
      expect(again).toEqual([]);
      expect(refusals).toEqual({});
    },
    TIMEOUT_MS * 2,
  );

  it(
    "stores every push, for a request each, within what the users have",
    async () => {
      const before = await requestsOf("History");
      await pushTo(every(2), "pushed");
      expect(await requestsOf("History")).toBe(before + KNOWN.length / 2);
      // Nobody's budget is overdrawn, and both are used.
      const spent = await spentByUser();
      for (const { login } of USERS) expect(spent.get(login)).toBeGreaterThan(20);
      expect((await gitHub.readUse()).refusals).toEqual({});
    },
    TIMEOUT_MS * 2,
  );

  async function spentByUser(): Promise<Map<string, number>> {
    const spent = new Map<string, number>();
    for (const { user, cost } of await gitHub.listRequests()) {
      if (user !== null) spent.set(user, (spent.get(user) ?? 0) + cost);
    }
    return spent;
  }

  const of = (user: string, after: number) => async () =>
    (await gitHub.listRequests()).filter((one) => one.user === user && one.at > after);

  it(
    "sends nothing for a user whom GitHub told to wait, from no process, while the other goes on",
    async () => {
      const waitMs = 4_000;
      await gitHub.injectFault({
        when: { login: "ada" },
        answer: {
          status: 403,
          headers: { "retry-after": String(waitMs / 1_000) },
          body: { message: "You have exceeded a secondary rate limit. Please wait a few minutes." },
        },
      });
      const since = Date.now();
      const refused = await eventually(async () => {
        const one = (await of("ada", since)()).find(({ status }) => status === 403);
        if (one === undefined) throw new Error("no request was refused yet");
        return one;
      });
      await pushTo(every(4), "while one waits");
      const after = await eventually(async () => {
        const later = await of("ada", refused.at + refused.ms)();
        if (!later.some(({ at }) => at >= refused.at + waitMs))
          throw new Error("it has not resumed");
        return later;
      }, TIMEOUT_MS);
      // What had leave when the refusal came may still go out; nothing gets leave from then on.
      const toldBy = refused.at + refused.ms + ON_ITS_WAY_MS;
      expect(after.filter(({ at }) => at > toldBy && at < refused.at + waitMs)).toEqual([]);
      expect(after.filter(({ at }) => at <= toldBy).length).toBeLessThanOrEqual(10);
      const meanwhile = (await of("grace", refused.at)()).filter(
        ({ at }) => at < refused.at + waitMs,
      );
      expect(meanwhile.length).toBeGreaterThan(0);
    },
    TIMEOUT_MS * 2,
  );

  it(
    "gets over storms of errors, hanging and partial answers, and catches up with every push",
    async () => {
      const glance = { operationName: "Glance" };
      const since = Date.now();
      await gitHub.injectFault({ when: glance, answer: "hang" });
      await gitHub.injectFault({ when: glance, answer: "timeout-502-json", times: 6 });
      await gitHub.injectFault({
        when: { operationName: "LookUp" },
        answer: "timeout-504-json",
        times: 3,
      });
      await gitHub.injectFault({ when: glance, answer: "empty-200" });
      await gitHub.injectFault({ when: { operationName: "History" }, answer: "cut", times: 3 });
      await pushTo(every(2), "in a storm");
      const failed = async (operation: string, status: number) =>
        (await gitHub.listRequests(operation)).filter(
          (one) => one.at > since && one.status === status,
        );
      await eventually(async () => {
        expect(await failed("Glance", 502)).toHaveLength(6);
        expect(await failed("LookUp", 504)).toHaveLength(3);
      }, TIMEOUT_MS);
      expect(await statesOf()).toEqual({ ACTIVE: KNOWN.length + NEW.length });
    },
    TIMEOUT_MS * 2,
  );

  it(
    "waits for the reset when all points are spent, and catches up then",
    async () => {
      const resetInMs = 4_000;
      const at = Date.now();
      for (const { login } of USERS) await gitHub.setBudget(login, { remaining: 0, resetInMs });
      const isRefused = ({ status, cost }: LoggedRequest) => status === 200 && cost === 0;
      await pushTo(every(4), "after the reset");
      const refused = (await gitHub.listRequests()).filter((one) => one.at > at && isRefused(one));
      // One a user may find out; from then on all know.
      expect(refused.length).toBeLessThanOrEqual(USERS.length * 10);
      expect(Object.keys((await gitHub.readUse()).refusals)).toEqual(["points"]);
    },
    TIMEOUT_MS * 2,
  );

  it(
    "holds of each repository what git lists, and nothing twice",
    async () => {
      const { rows } = await client.query<{ name: string; oids: string[] }>(
        `select r.owner || '/' || r.name as name, array_agg(encode(c.oid, 'hex')) as oids
           from repository r join commit c on c.repository_id = r.id group by 1`,
      );
      const stored = new Map(rows.map(({ name, oids }) => [name, oids]));
      for (const name of [...KNOWN, ...NEW].map(nameOf)) {
        const { gitDir, headOid } = await gitHub.describeRepository(name);
        const listed = await revList(gitDir, headOid ?? "");
        expect(stored.get(name)?.toSorted()).toEqual(listed.toSorted());
      }
    },
    TIMEOUT_MS,
  );

  async function statesOf(): Promise<Record<string, number>> {
    const { rows } = await client.query<{ state: string; count: number }>(
      "select state, count(*)::int as count from repository group by state",
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  it("names the refused token in one log line of each worker, and never a token's text", () => {
    const workers = processes.slice(1).map((tracker) => tracker.output());
    for (const output of workers) {
      expect(output.match(/does not accept this token/g) ?? []).toHaveLength(1);
      for (const token of USERS.flatMap(({ tokens }) => tokens))
        expect(output).not.toContain(token);
      expect(output).not.toContain("revoked-token");
    }
  });
});

function specs(
  owner: string,
  count: number,
  commitCount: (index: number) => number,
): SharedRepositorySpec[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ owner, name: `r${index}`, commitCount: commitCount(index) },
    lastCommitAt: "2024-01-01T00:00:00Z",
    stepMs: 3_600_000,
  }));
}

function nameOf({ owner, name }: SharedRepositorySpec): string {
  return `${owner}/${name}`;
}
