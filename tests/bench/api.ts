/**
 * `npm run bench:api`: requests a second of this API over a million commits, beside PostGraphile 4 and
 * Mercurius on the same database, and node's HTTP server with pg alone.
 */
import { execFileSync, fork } from "node:child_process";
import { Console } from "node:console";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import pg from "pg";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { migrate } from "../../src/postgres/migrate.js";
import { wordHash } from "../../src/store/words/word-hash.js";
import { ask } from "../support/graphql-client.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";
import { findRabbitmqServer, startBroker } from "../support/rabbitmq.js";
import { startTracker } from "../support/tracker-process.js";
import { seed } from "./api/seed.js";

const { values } = parseArgs({
  options: {
    commits: { type: "string", default: "1000000" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
  },
});
const COMMITS = Number(values.commits);
const SECONDS = Number(values.seconds);
const ROUNDS = Number(values.rounds);
const CONNECTIONS = 32;
const PEERS = fileURLToPath(new URL("api/peers/", import.meta.url));
/** A commit so deep in the order that a page by offset would have to read all before it. */
const DEEP = Math.floor(COMMITS * 0.9);

const NODE = "oid messageHeadline committedAt author { name login }";
const PAGE = `edges { cursor node { ${NODE} } } pageInfo { hasNextPage endCursor }`;
const COLUMNS = `encode(c.oid, 'hex') as oid, c.message, c.committed_at as "committedAt", w.name as author_name, w.login as author_login`;
const WRITER = "join actor w on w.repository_id = c.repository_id and w.hash = c.author_hash";
const BY_DATE = "c.committed_at desc, c.repository_id desc, c.oid desc";

const STATEMENTS = {
  first: `select ${COLUMNS} from commit c ${WRITER} where reachable = true order by ${BY_DATE} limit 21`,
  deep: `select ${COLUMNS} from commit c ${WRITER}
          where reachable = true
            and (c.committed_at, c.repository_id, c.oid) < ($1::timestamptz, $2::int, decode($3, 'hex'))
          order by ${BY_DATE} limit 21`,
  filtered: `select ${COLUMNS} from commit c ${WRITER}
              join author a on a.repository_id = c.repository_id and a.author_hash = c.author_hash
              where a.login_key = $1 and c.repository_id = $2::int and reachable = true
              order by c.committed_at desc, c.oid desc limit 21`,
  // As exact as the tracker: from the index of words, and of what that does not hold yet, from the messages.
  text: `with hit as materialized (
           select v.event_id, p.place - v.start as position
             from word_segment s
            cross join lateral (
              select w.ends, w.places, array_position(w.words, $2::bigint) as number
                from word_posting w where w.segment = s.id and w.last_word >= $2::bigint
               order by w.last_word limit 1) as own
            cross join lateral unnest(own.places[coalesce(own.ends[own.number - 1], 0) + 1 : own.ends[own.number]])
                    as p(place)
            cross join lateral (
              select event_id, start from word_event v where v.segment = s.id and v.start <= p.place
               order by v.start desc limit 1) as v
           union
           select c.event_id, c.position
             from (select id from feed_event
                    where sequence > (select sequence from projection where name = 'words')
                    order by sequence) as e
            cross join lateral (
              select c.event_id, c.position from commit c
               where c.event_id = e.id and c.message ~* ('\\m' || $1 || '\\M')
               order by c.position) as c)
         select ${COLUMNS}
           from hit cross join lateral (
             select * from commit c where c.event_id = hit.event_id and c.position = hit.position limit 1) as c
           ${WRITER} where c.reachable order by ${BY_DATE} limit 21`,
  topAuthors: `select max(name) as name, max(login) as login, sum(reachable_count)::int as "commitCount"
                 from author a join actor w on w.repository_id = a.repository_id and w.hash = a.author_hash
                group by person_key order by 3 desc limit 10`,
  topAuthorsSince: `select max(name) as name, max(login) as login, sum(count)::int as "commitCount"
                      from (select repository_id, author_hash, count(*) from commit
                             where reachable and committed_at >= $1::timestamptz
                               and ($2::int is null or repository_id = $2) group by 1, 2) as own
                      join author a using (repository_id, author_hash)
                      join actor w on w.repository_id = a.repository_id and w.hash = a.author_hash
                     group by person_key order by 3 desc limit 10`,
  byMonth: `select start, sum(count)::int as "commitCount", count(distinct person_key)::int as "authorCount"
              from (select date_trunc('month', committed_at, 'UTC') as start, repository_id, author_hash, count(*)
                      from commit
                     where reachable and committed_at >= $1::timestamptz and committed_at <= $2::timestamptz
                       and ($3::int is null or repository_id = $3) group by 1, 2, 3) as own
              join author a using (repository_id, author_hash) group by start order by start`,
};

interface Case {
  readonly name: string;
  /** Of each server that can be asked it; null: it has no such question. */
  readonly bodies: Readonly<Record<Server, object | null>>;
}
const SERVERS = ["tracker", "raw http + pg", "mercurius", "postgraphile"] as const;
type Server = (typeof SERVERS)[number];

interface Keys {
  readonly deepCursor: string;
  readonly deepKey: readonly string[];
  readonly postgraphileCursor: string;
  /** Of login-3. */
  readonly authorHash: string;
}

function cases({ deepCursor, deepKey, postgraphileCursor, authorHash }: Keys): Case[] {
  const commits = (args: string) => ({ query: `{ commits(first: 20${args}) { ${PAGE} } }` });
  const raw = (name: keyof typeof STATEMENTS, ...values: string[]) => ({ name, values });
  const peer = (name: keyof typeof STATEMENTS, ...values: string[]) => ({
    query: `query ($name: String!, $values: [String]) { commits(name: $name, values: $values) { ${PAGE} } }`,
    variables: { name, values },
  });
  const rows = (args: string) => ({
    query: `{ allCommits(first: 20, ${args}) {
      edges { cursor node { globalId message committedAt actorByRepositoryIdAndAuthorHash { name login } } } pageInfo { hasNextPage endCursor } } }`,
  });
  const newest = "orderBy: COMMITTED_AT_DESC, condition: { reachable: true }";
  return [
    {
      name: "first page",
      bodies: {
        tracker: commits(""),
        "raw http + pg": raw("first"),
        mercurius: peer("first"),
        postgraphile: rows(newest),
      },
    },
    {
      name: `page after ${DEEP}`,
      bodies: {
        tracker: commits(`, after: ${JSON.stringify(deepCursor)}`),
        "raw http + pg": raw("deep", ...deepKey),
        mercurius: peer("deep", ...deepKey),
        postgraphile: rows(`${newest}, after: ${JSON.stringify(postgraphileCursor)}`),
      },
    },
    {
      name: "of an author in a repository",
      bodies: {
        tracker: {
          query: `{ commits(repository: "7", first: 20, filter: { author: "login-3" }) { ${PAGE} } }`,
        },
        "raw http + pg": raw("filtered", "login-3", "7"),
        mercurius: peer("filtered", "login-3", "7"),
        postgraphile: rows(
          `orderBy: COMMITTED_AT_DESC, condition: { repositoryId: 7, authorHash: "${authorHash}", reachable: true }`,
        ),
      },
    },
    {
      name: "with a rare word",
      bodies: {
        tracker: commits(`, filter: { text: "platypus" }`),
        "raw http + pg": raw("text", "platypus", String(wordHash("platypus"))),
        mercurius: peer("text", "platypus", String(wordHash("platypus"))),
        postgraphile: null,
      },
    },
    {
      name: "top authors of all",
      bodies: {
        tracker: { query: "{ topAuthors(first: 10) { name login commitCount } }" },
        "raw http + pg": raw("topAuthors"),
        mercurius: {
          query: `{ topAuthors(name: "topAuthors", values: []) { name login commitCount } }`,
        },
        postgraphile: null,
      },
    },
    ...[null, 7].flatMap((repository) => [topAuthorsSince(repository), byMonth(repository)]),
  ];
}

/** All of the time but the first months. */
const SINCE = "2015-03-07T08:09:10Z";

function topAuthorsSince(repository: number | null): Case {
  const of = repository === null ? "" : `, repository: "bench/r${repository}"`;
  const values = [SINCE, repository];
  const fields = "name login commitCount";
  return {
    name: `top authors of ${repository === null ? "all" : "one"}, with a date`,
    bodies: {
      tracker: { query: `{ topAuthors(first: 10, since: "${SINCE}"${of}) { ${fields} } }` },
      "raw http + pg": { name: "topAuthorsSince", values },
      mercurius: {
        query: `query ($values: [String]) { topAuthors(name: "topAuthorsSince", values: $values) { ${fields} } }`,
        variables: { values: values.map((value) => value && String(value)) },
      },
      postgraphile: null,
    },
  };
}

/** Sixteen years. */
function byMonth(repository: number | null): Case {
  const [since, until] = ["2010-01-01T00:00:00Z", "2025-12-31T23:59:59Z"];
  const of = repository === null ? "" : `, repository: "bench/r${repository}"`;
  const values = [since, until, repository];
  const fields = "start commitCount authorCount";
  return {
    name: `activity of ${repository === null ? "all" : "one"}, by month`,
    bodies: {
      tracker: {
        query: `{ commitActivity(since: "${since}", until: "${until}", interval: MONTH${of}) { ${fields} } }`,
      },
      "raw http + pg": { name: "byMonth", values },
      mercurius: {
        query: `query ($values: [String]) { activity(name: "byMonth", values: $values) { ${fields} } }`,
        variables: { values: values.map((value) => value && String(value)) },
      },
      postgraphile: null,
    },
  };
}

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

async function load(url: string, body: object): Promise<Measured> {
  const options = { url, body: JSON.stringify(body), connections: CONNECTIONS, seconds: SECONDS };
  const child = fork(join(PEERS, "load.js"), [JSON.stringify(options)]);
  const [measured] = (await once(child, "message")) as [Measured];
  return measured;
}

async function startPeer(script: string, database: string) {
  const env = { ...process.env, DATABASE_URL: database, STATEMENTS: JSON.stringify(STATEMENTS) };
  const child = fork(join(PEERS, script), { env });
  const [url] = (await once(child, "message")) as [string];
  return { url, stop: async () => void child.disconnect() };
}

async function startServer(server: Server, database: string, rabbitmq: string) {
  if (server === "tracker") {
    const tracker = startTracker({
      ...{ DATABASE_URL: database, RABBITMQ_URL: rabbitmq, ROLES: "api" },
      RATE_LIMIT: "0",
    });
    return { url: await tracker.url(), stop: async () => void (await tracker.stop()) };
  }
  if (server === "raw http + pg") return await startPeer("raw-server.js", database);
  const script = server === "mercurius" ? "mercurius-server.js" : "postgraphile/server.js";
  return await startPeer(script, database);
}

/** Nothing that the server before was still asked is carried out beside the next. */
async function untilIdle(database: string): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    for (;;) {
      const { rowCount } = await client.query(
        `select from pg_stat_activity
          where state = 'active' and backend_type = 'client backend' and pid <> pg_backend_pid()`,
      );
      if (rowCount === 0) return;
      await delay(100);
    }
  } finally {
    await client.end();
  }
}

const median = (numbers: readonly number[]) =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;

for (const cwd of [PEERS, join(PEERS, "postgraphile")]) {
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--silent"], {
    cwd,
    stdio: "inherit",
  });
}
const folder = await mkdtemp(join(tmpdir(), "tracker-bench-"));
const postgres = await startEmbeddedPostgres({
  dataDir: folder,
  logger: pino({ level: "silent" }),
});
const rabbitmq = findRabbitmqServer();
if (rabbitmq === null) throw new Error("bench:api needs RabbitMQ: apt-get install rabbitmq-server");
const broker = await startBroker(rabbitmq);
try {
  const database = databaseUrl(postgres.url, "bench");
  await execute(postgres.url, "create database bench");
  await migrate(database);
  await seed(database, COMMITS);
  // PostGraphile follows foreign keys, of which commits have none.
  await execute(
    database,
    `comment on table commit is
       E'@foreignKey (repository_id, author_hash) references actor (repository_id, hash)'`,
  );
  const started = await Promise.all(
    SERVERS.map(
      async (server) => [server, await startServer(server, database, broker.url)] as const,
    ),
  );
  const servers = new Map(started);
  const urlOf = (server: Server) => {
    const url = servers.get(server)?.url ?? "";
    return server === "raw http + pg" ? url : `${url}/graphql`;
  };
  const all = await casesHere(servers);
  const figures = new Map<string, Measured[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { name, bodies } of all) {
      for (const server of SERVERS) {
        const body = bodies[server];
        if (body === null) continue;
        await untilIdle(database);
        const key = `${name} ${server}`;
        figures.set(key, [...(figures.get(key) ?? []), await load(urlOf(server), body)]);
      }
    }
  }
  const table = all.flatMap(({ name, bodies }) => {
    const of = (server: Server, figure: keyof Measured) =>
      median((figures.get(`${name} ${server}`) ?? []).map((one) => one[figure]));
    return SERVERS.filter((server) => bodies[server] !== null).map((server) => ({
      query: name,
      server,
      "requests/s": Math.round(of(server, "perSecond")),
      "% of raw": Math.round((100 * of(server, "perSecond")) / of("raw http + pg", "perSecond")),
      ...(bodies.postgraphile !== null && {
        "× postgraphile": Number(
          (of(server, "perSecond") / of("postgraphile", "perSecond")).toFixed(1),
        ),
      }),
      "p50 ms": of(server, "p50"),
      "p99 ms": of(server, "p99"),
      failed: of(server, "failed"),
    }));
  });
  new Console(process.stdout).table(table);
  await writeFile("bench-api.json", JSON.stringify({ commits: COMMITS, table }, null, 2));
  for (const { stop } of servers.values()) await stop();
} finally {
  await broker.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

/** The cursors are the servers' own. */
async function casesHere(servers: ReadonlyMap<Server, { url: string }>): Promise<Case[]> {
  const index = COMMITS - DEEP; // commits are dated in the order of their numbers
  const at = new Date(Date.UTC(2015, 0, 1) + index * 300_000).toISOString();
  const tracker = await ask<{
    commits: { pageInfo: { endCursor: string }; nodes: { oid: string }[] };
  }>(
    servers.get("tracker")?.url ?? "",
    `{ commits(first: 1, filter: { until: "${at}" }) { nodes { oid } pageInfo { endCursor } } }`,
  );
  const postgraphile = await ask<{ allCommits: { pageInfo: { endCursor: string } } }>(
    servers.get("postgraphile")?.url ?? "",
    `{ allCommits(first: 1, orderBy: COMMITTED_AT_DESC, condition: { reachable: true, committedAt: "${at}" }) { pageInfo { endCursor } } }`,
  );
  const repositoryId = String(1 + ((Math.floor(index / 100) + 1) % 100));
  const key = [at, repositoryId, tracker.commits.nodes[0]?.oid ?? ""];
  return cases({
    deepCursor: tracker.commits.pageInfo.endCursor,
    deepKey: key,
    postgraphileCursor: postgraphile.allCommits.pageInfo.endCursor,
    authorHash: await hashOf("login-3"),
  });
}

async function hashOf(login: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl(postgres.url, "bench") });
  await client.connect();
  const { rows } = await client.query<{ hash: string }>(
    "select hash from actor where login = $1 limit 1",
    [login],
  );
  await client.end();
  return rows[0]?.hash ?? "";
}
