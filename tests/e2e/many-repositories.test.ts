import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoggedRequest } from "../../src/github-stand-in/http/request-log.js";
import { type GitHubStandIn, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const REPOSITORIES = 2_000;
const COMMITS = 3;
/** Points an hour of each user: as many as it takes to check all of them every few seconds. */
const LIMIT = 10_000;
const TIMEOUT_MS = 120_000;
/** From the ledger's leave to GitHub, and from GitHub's refusal to the ledger, on a busy machine. */
const ON_ITS_WAY_MS = 500;
const USERS = [
  { login: "ada", databaseId: 1, tokens: ["token-of-ada", "another-of-ada"] },
  { login: "grace", databaseId: 2, tokens: ["token-of-grace"] },
];

/** Real processes on real PostgreSQL and RabbitMQ, against a GitHub of 2,000 real git repositories. */
describe("two thousand repositories on the budgets of two users", () => {
  let gitHub: GitHubStandIn;
  let database: TestDatabase;
  let broker: BrokerSpace;
  let folder: string;
  let processes: TrackerProcess[] = [];
  let client: pg.Client;
  /**
   * Of GitHub's time only so much is taken each minute. On a machine that plays GitHub as well, that is its
   * own: a minute is five seconds here. What the limit is worth is for tests/contract.
   */
  let forgetting: NodeJS.Timeout | undefined;

  beforeAll(async () => {
    gitHub = await startGitHubStandIn({ users: USERS });
    await gitHub.addUser({ login: "mallory", databaseId: 3, tokens: ["revoked-token"] });
    await gitHub.revokeToken("revoked-token");
    for (const { login } of USERS)
      await gitHub.setBudget(login, { limit: LIMIT, remaining: LIMIT });
    folder = await mkdtemp(join(tmpdir(), "tracker-many-"));
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "template" });
    const messages = Array.from({ length: COMMITS }, (_, index) => ({
      message: `commit ${index}`,
    }));
    const oids = await gitHub.commit("octo/template", messages);
    const nodeIds: string[] = [];
    for (let index = 0; index < REPOSITORIES; index += 1) {
      const copy = join(folder, `r${index}.git`);
      await cloneShared(gitDir, copy, oids.at(-1) ?? "");
      const { id } = await gitHub.addRepository({ owner: "octo", name: `r${index}`, gitDir: copy });
      nodeIds.push(id);
    }
    [database, broker] = await Promise.all([
      createTestDatabase({ connectionsMax: 2 }),
      openBrokerSpace(),
    ]);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await storeAll(client, nodeIds, oids);
    forgetting = setInterval(() => {
      const before = new Date(Date.now() - 5_000);
      const { gitHubRequest } = database.database.primary;
      gitHubRequest.deleteMany({ where: { finishedAt: { lt: before } } }).catch(() => {});
    }, 1_000);
  }, TIMEOUT_MS);

  afterAll(async () => {
    clearInterval(forgetting);
    await Promise.all(processes.map((tracker) => tracker.stop("SIGKILL")));
    await client?.end();
    await gitHub?.stop();
    await database?.[Symbol.asyncDispose]();
    await broker?.remove();
    await rm(folder, { recursive: true, force: true });
  }, TIMEOUT_MS);

  const nameOf = (index: number) => `octo/r${index}`;
  const every = (step: number) =>
    Array.from({ length: Math.ceil(REPOSITORIES / step) }, (_, index) => index * step);

  async function count(sql: string, values: unknown[] = []): Promise<number> {
    const { rows } = await client.query<{ count: string }>(sql, values);
    return Number(rows[0]?.count);
  }

  /** Pushes one commit each, and waits until all of them are the heads at which all is stored. */
  async function pushTo(indexes: readonly number[], message: string): Promise<void> {
    const heads = new Map<string, string>();
    for (const index of indexes) {
      const [oid = ""] = await gitHub.commit(nameOf(index), [{ message }]);
      heads.set(`r${index}`, oid);
    }
    const stored = () =>
      count(
        `select count(*) from repository r
           join unnest($1::text[], $2::text[]) as pushed(name, oid) on pushed.name = r.name
          where r.head_oid = decode(pushed.oid, 'hex') and cardinality(r.frontier) = 0`,
        [[...heads.keys()], [...heads.values()]],
      );
    await eventually(async () => expect(await stored()).toBe(heads.size), TIMEOUT_MS);
  }

  it(
    "stores every push, for a request each, within what the users have",
    async () => {
      const env = {
        DATABASE_URL: database.url,
        RABBITMQ_URL: broker.url,
        GITHUB_API_URL: gitHub.url,
        GITHUB_TOKENS: [...USERS.flatMap(({ tokens }) => tokens), "revoked-token"].join(","),
        MIN_CHECK_INTERVAL: "5",
        LOG_LEVEL: "warn",
      };
      processes = ["api,scheduler", "worker", "worker", "worker"].map((ROLES) =>
        startTracker({ ...env, ROLES }),
      );
      const looked = () => count("select count(*) from repository where looked_at is not null");
      await eventually(async () => expect(await looked()).toBe(REPOSITORIES), TIMEOUT_MS);
      expect((await gitHub.countOperations()).History).toBeUndefined();

      const pushed = every(50);
      await pushTo(pushed, "pushed");
      const { History } = await gitHub.countOperations();
      expect(History?.requests).toBe(pushed.length);
      expect(await count("select count(*) from commit")).toBe(
        REPOSITORIES * COMMITS + pushed.length,
      );
      // Nobody's budget is overdrawn, and both are used.
      const spent = await spentByUser();
      for (const { login } of USERS) expect(spent.get(login)).toBeGreaterThan(20);
      for (const points of spent.values()) expect(points).toBeLessThanOrEqual(LIMIT);
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
      await pushTo(every(100), "while one waits");
      const after = await eventually(async () => {
        const later = (await of("ada", refused.at + refused.ms)()).filter(isAnswered);
        if (!later.some(({ at }) => at >= refused.at + waitMs))
          throw new Error("it has not resumed");
        return later;
      }, TIMEOUT_MS);
      // What had leave when the refusal came may still go out; nothing gets leave from then on.
      const toldBy = refused.at + refused.ms + ON_ITS_WAY_MS;
      expect(after.filter(({ at }) => at > toldBy && at < refused.at + waitMs)).toEqual([]);
      expect(after.filter(({ at }) => at <= toldBy).length).toBeLessThanOrEqual(10);
      expect((await of("grace", refused.at)()).length).toBeGreaterThan(0);
    },
    TIMEOUT_MS * 2,
  );

  it(
    "gets over storms of errors, hanging and partial answers, and catches up with every push",
    async () => {
      const glance = { operationName: "Glance" };
      await gitHub.injectFault({ when: glance, answer: "hang" });
      await gitHub.injectFault({ when: glance, answer: "timeout-502-json", times: 6 });
      await gitHub.injectFault({
        when: { operationName: "LookUp" },
        answer: "timeout-504-json",
        times: 3,
      });
      await gitHub.injectFault({ when: glance, answer: "empty-200" });
      await gitHub.injectFault({ when: { operationName: "History" }, answer: "cut", times: 3 });
      await pushTo(every(50), "in a storm");
      expect(await count("select count(*) from repository where state <> 'ACTIVE'")).toBe(0);
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
      await pushTo(every(100), "after the reset");
      const refused = (await gitHub.listRequests()).filter((one) => one.at > at && isRefused(one));
      // One a user may find out; from then on all know.
      expect(refused.length).toBeLessThanOrEqual(USERS.length * 10);
    },
    TIMEOUT_MS * 2,
  );

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

/** As `git clone --bare --shared` makes it, without a process for each. */
async function cloneShared(gitDir: string, clone: string, head: string): Promise<void> {
  await mkdir(join(clone, "objects", "info"), { recursive: true });
  await mkdir(join(clone, "refs", "heads"), { recursive: true });
  await writeFile(join(clone, "HEAD"), "ref: refs/heads/main\n");
  await writeFile(join(clone, "config"), "[core]\n\tbare = true\n");
  await writeFile(join(clone, "objects", "info", "alternates"), `${gitDir}/objects\n`);
  await writeFile(join(clone, "refs", "heads", "main"), `${head}\n`);
}

/** As they are after their first histories, which are for other tests; their users are known too. */
async function storeAll(
  client: pg.Client,
  nodeIds: readonly string[],
  oids: readonly string[],
): Promise<void> {
  await client.query(
    `with r as (
       insert into repository (owner, name, node_id, state, default_branch, head_oid, observed_oid,
                               commit_count)
       select 'octo', 'r' || (place - 1), node_id, 'ACTIVE', 'main', decode($2, 'hex'),
              decode($2, 'hex'), $3
         from unnest($1::text[]) with ordinality as n(node_id, place)
       returning id, owner, name),
     named as (insert into repository_name select lower(owner || '/' || name), id from r),
     known as (insert into rate_budget (user_id, login, "limit", remaining)
               select id, login, $6, $6 from unnest($7::int[], $8::text[]) as u(id, login)),
     counter as (update feed set sequence = (select count(*) from r)),
     e as (
       insert into feed_event (id, sequence, kind, repository_id, head_oid)
       select nextval('feed_event_id_seq'), row_number() over (), 'BACKFILL', id, decode($2, 'hex')
         from r
       returning id, repository_id)
     insert into commit (event_id, position, repository_id, oid, parents, message, author_name,
                         author_email, authored_at, committer_name, committer_email, committed_at)
     select e.id, c.place - 1, e.repository_id, decode(c.oid, 'hex'),
            case when c.parent is null then '{}'::bytea[] else array[decode(c.parent, 'hex')] end,
            'template', 'a', 'a@example.org', now(), 'a', 'a@example.org', now()
       from e cross join unnest($4::text[], $5::text[]) with ordinality as c(oid, parent, place)`,
    [
      ...[nodeIds, oids.at(-1), COMMITS, oids, [null, ...oids.slice(0, -1)], LIMIT],
      ...[USERS.map(({ databaseId }) => databaseId), USERS.map(({ login }) => login)],
    ],
  );
}

function isAnswered({ user }: LoggedRequest): boolean {
  return user !== null;
}
