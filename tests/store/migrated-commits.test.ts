import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { migrate } from "../../src/postgres/migrate.js";
import { MIGRATIONS_FOLDER, readMigrations } from "../../src/postgres/migration-files.js";
import { fillAll } from "../../src/projections/fill-projection.js";
import { STATISTICS } from "../../src/projections/statistics-projection.js";
import { WORDS } from "../../src/projections/word-projection.js";
import { listTopAuthors } from "../../src/store/commits/author-reader.js";
import { listCommitsByDate } from "../../src/store/commits/commit-reader.js";
import { line, storeEvent } from "../api/rows.js";
import { expectStatisticsKept } from "../support/authors.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";

/** The last before words and people left `commit`. */
const BEFORE = "20261126142000_limited_keys";
const NAME = "tracker_migrated_commits";

const ada = {
  name: "Ada",
  email: "ada@example.org",
  login: "ada",
  avatarUrl: "https://a.example/1",
};
const bot = { name: "Bot", email: "", login: null, avatarUrl: null };

describe("commits stored before words and people left their rows", () => {
  let database: Database;
  beforeAll(async () => {
    const { url: server } = inject("postgres");
    await execute(server, `drop database if exists ${NAME} with (force)`);
    await execute(server, `create database ${NAME}`);
    const url = databaseUrl(server, NAME);
    const folder = await mkdtemp(join(tmpdir(), "tracker-before-"));
    for (const { name } of await readMigrations(MIGRATIONS_FOLDER)) {
      if (name > BEFORE) continue;
      await cp(join(MIGRATIONS_FOLDER, name), join(folder, name), { recursive: true });
    }
    await migrate(url, { folder });
    await rm(folder, { recursive: true });
    await execute(
      url,
      `insert into repository (id, owner, name, state, commit_count) values (1, 'octo', 'old', 'ACTIVE', 300);
       insert into feed_event (id, sequence, kind, repository_id)
       select n, n, 'BACKFILL', 1 from generate_series(1, 3) n;
       update feed set sequence = 3;
       select setval('feed_event_id_seq', 3);
       insert into commit (event_id, position, repository_id, oid, parents, message, author_name,
              author_email, author_login, author_avatar_url, authored_at, committer_name,
              committer_email, committed_at, words)
       select 1 + n / 100, n % 100, 1, int8send(n), '{}',
              'change ' || n || case when n % 100 = 7 then ' of the platypus' else '' end,
              '${ada.name}', '${ada.email}', '${ada.login}', '${ada.avatarUrl}', now(), '${bot.name}', '',
              timestamptz '2024-01-01Z' + n * interval '1 min', array[1, 2]
         from generate_series(0, 299) n;
       insert into author select 1, author_hash, 'Ada', 'ada@example.org', 'ada', '${ada.avatarUrl}',
              'ada', 'ada@example.org', 'ada', '@ada', count(*) from commit group by author_hash`,
    );
    await migrate(url);
    database = openDatabase({ url, connectionsMax: 4 });
  });
  afterAll(async () => {
    await database?.close();
    await execute(inject("postgres").url, `drop database if exists ${NAME} with (force)`);
  });

  const find = (given: { words?: string[]; author?: string }, count = 20) =>
    listCommitsByDate(
      database,
      { repositoryId: 1, reachable: true, ...given },
      { after: null, before: null },
      { count, direction: "ASC", from: "start" },
    );

  it("keep their authors and committers", async () => {
    const [first] = await find({});
    expect(first).toMatchObject({ message: "change 0", author: ada, committer: bot });
    expect(await find({ author: "ADA" }, 400)).toHaveLength(300);
  });

  it("are found by their words at once, while they are filled, and beside what is stored since", async () => {
    const said = (rows: readonly { message: string }[]) => rows.map(({ message }) => message);
    const old = [7, 107, 207].map((n) => `change ${n} of the platypus`);
    expect(said(await find({ words: ["platypus"] }))).toEqual(old);
    const [commit] = line(1, 1);
    if (commit === undefined) throw new Error("no commit");
    await storeEvent(database, 1, [
      {
        ...commit,
        message: "a new platypus",
        committedAt: new Date("2024-06-01Z"),
        committer: ada,
      },
    ]);
    expect(said(await find({ words: ["platypus"] }))).toEqual([...old, "a new platypus"]);
    await fillAll(database, WORDS);
    const found = await find({ words: ["platypus"] });
    expect(said(found)).toEqual([...old, "a new platypus"]);
    expect(found.map(({ committer }) => committer)).toEqual([bot, bot, bot, ada]);
  });

  it("are in the statistics at once, and still once they are filled", async () => {
    const always = { since: null, until: null };
    const page = { count: 5, from: "start", after: null, before: null } as const;
    const ask = async () => (await listTopAuthors(database, [null], always, page)).get(null)?.[0];
    expect(await ask()).toMatchObject({ ...ada, commitCount: 300 });
    await fillAll(database, STATISTICS);
    expect(await ask()).toMatchObject({ ...ada, commitCount: 300 });
    await expectStatisticsKept(database, 1);
  });
});
