import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { Commit } from "../../../src/domain/commit.js";
import { storePage } from "../../../src/ingest/store-page.js";
import { type Database, openDatabase } from "../../../src/postgres/database.js";
import { migrate } from "../../../src/postgres/migrate.js";
import { fillAll } from "../../../src/projections/fill-projection.js";
import { PROJECTIONS } from "../../../src/projections/projections.js";
import { realMessages } from "./messages.js";

/** A linear history with real messages, head first, as pages come from GitHub. */
export function syntheticHistory(length: number, seed: string): Commit[] {
  const oid = (index: number) => createHash("sha1").update(`${seed} ${index}`).digest("hex");
  const start = Date.UTC(2024, 0, 1);
  const messages = realMessages(length);
  return Array.from({ length }, (_, place) => {
    const index = length - 1 - place;
    // Few write much, many little.
    const who = Math.floor(600 * (((index * 7_919) % 10_007) / 10_007) ** 3);
    const actor = {
      name: `Person ${who}`,
      email: `person${who}@example.org`,
      login: who % 4 === 0 ? null : `person${who}`,
      avatarUrl: `https://avatars.githubusercontent.com/u/${1_000_000 + who}?v=4`,
    };
    const date = new Date(start + index * 60_000);
    return {
      oid: oid(index),
      parents: index === 0 ? [] : [oid(index - 1)],
      message: messages[index] ?? "",
      author: actor,
      authoredAt: date,
      committer: actor,
      committedAt: date,
    };
  });
}

export interface Writer {
  readonly name: string;
  /** Of the database that it writes to; absent: this checkout's. */
  readonly code?: Code;
  write(database: Database, url: string, commits: readonly Commit[], batch: number): Promise<void>;
}

/** What a page write is made of. */
export interface Code {
  readonly storePage: typeof storePage;
  readonly openDatabase: typeof openDatabase;
  readonly migrate: typeof migrate;
}

export const OWN_CODE: Code = { storePage, openDatabase, migrate };

/** Of another checkout, with what it has installed and generated. */
export async function codeIn(folder: string): Promise<Code> {
  const load = (path: string) => import(pathToFileURL(resolve(folder, "src", path)).href);
  return {
    ...(await load("ingest/store-page.ts")),
    ...(await load("postgres/database.ts")),
    ...(await load("postgres/migrate.ts")),
  };
}

const bytes = (oid: string) => Buffer.from(oid, "hex");
const hashOf = ({ email }: Commit["author"]) =>
  createHash("sha1").update(email).digest().readBigInt64BE();

/** The product's own page write: lock, look-up, plan, insert, walk and feed event, in one transaction. */
export function pageWrite(name: string, code: Code): Writer {
  return {
    name,
    code,
    async write(database, _url, commits, batch) {
      const head = commits[0]?.oid ?? "";
      await database.primary.$executeRaw`
        insert into repository (id, owner, name, node_id, observed_oid, frontier)
        values (1, 'o', 'n', 'R_1', decode(${head}, 'hex'), array[decode(${head}, 'hex')])`;
      for (let start = 0; start < commits.length; start += batch) {
        const page = commits.slice(start, start + batch);
        const stored = await database.transaction((tx) =>
          code.storePage(tx, {
            ...{ repositoryId: 1, generation: 0, kind: "BACKFILL", by: "backfill", scheduleOf },
            step: { kind: "history", oid: head, after: start === 0 ? null : String(start - 1) },
            page: {
              commits: page,
              odd: [],
              totalCount: null,
              endCursor: String(start),
              hasNextPage: start + batch < commits.length,
            },
          }),
        );
        if (stored?.insertedCount !== page.length) throw new Error("a page was not stored whole");
      }
    },
  };
}

const scheduleOf = () => ({ delayMs: 60_000, checkRate: 1e-6, reason: "RATE" as const });

const createMany: Writer = {
  name: "createMany",
  async write(database, _url, commits, batch) {
    for (let start = 0; start < commits.length; start += batch) {
      await database.primary.$transaction([
        database.primary.commit.createMany({
          skipDuplicates: true,
          data: commits.slice(start, start + batch).map((commit, position) => ({
            eventId: BigInt(start),
            position,
            repositoryId: 1,
            oid: bytes(commit.oid),
            parents: commit.parents.map(bytes),
            message: commit.message,
            authorHash: hashOf(commit.author),
            committerHash: hashOf(commit.committer),
            authoredAt: commit.authoredAt,
            committedAt: commit.committedAt,
          })),
        }),
      ]);
    }
  },
};

/** The floor: straight into the same table with the same indexes, no conflict handling, no feed. */
const copy: Writer = {
  name: "COPY",
  async write(_database, url, commits, batch) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (let start = 0; start < commits.length; start += batch) {
      const lines = commits
        .slice(start, start + batch)
        .map((commit, position) => copyLine(commit, start, position));
      const sink = client.query(
        copyFrom(`copy commit (event_id, position, repository_id, oid, parents, message,
          author_hash, committer_hash, authored_at, committed_at) from stdin`),
      );
      await pipeline(Readable.from([lines.join("")]), sink);
    }
    await client.end();
  },
};

function copyLine(commit: Commit, start: number, position: number): string {
  const text = (value: string | null) =>
    value === null
      ? "\\N"
      : value.replace(
          /[\\\n\t\r]/g,
          (c) => ({ "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r" })[c] ?? c,
        );
  return `${[
    start,
    position,
    1,
    `\\\\x${commit.oid}`,
    `{${commit.parents.map((parent) => `"\\\\\\\\x${parent}"`).join(",")}}`,
    text(commit.message),
    hashOf(commit.author),
    hashOf(commit.committer),
    commit.authoredAt.toISOString(),
    commit.committedAt.toISOString(),
  ].join("\t")}\n`;
}

export const peers: readonly Writer[] = [createMany, copy];

export interface Measured {
  readonly rowsPerSecond: number;
  /** How many commits a second what is filled behind takes; null: nothing is. */
  readonly filledPerSecond: number | null;
  /** On disk, with all indexes. */
  readonly bytesPerRow: number;
}

/** One writer on a fresh database, and what is filled behind it. */
export async function measure(
  writer: Writer,
  makeDatabase: (code: Code) => Promise<string>,
  commits: readonly Commit[],
  batch: number,
): Promise<Measured> {
  const { code = OWN_CODE } = writer;
  const url = await makeDatabase(code);
  const database = code.openDatabase({ url, connectionsMax: 2 });
  try {
    await database.primary.$queryRaw`select 1`;
    const start = performance.now();
    await writer.write(database, url, commits, batch);
    const written = performance.now();
    const [row] = await database.primary.$queryRaw<{ count: number }[]>`
      select count(*)::int as count from commit`;
    if (row?.count !== commits.length) {
      throw new Error(`${writer.name} stored ${row?.count} of ${commits.length}`);
    }
    const filling = performance.now();
    if (writer.code === OWN_CODE) {
      for (const projection of PROJECTIONS) await fillAll(database, projection);
    }
    const filled = performance.now();
    const perSecond = (ms: number) => (1_000 * commits.length) / ms;
    return {
      rowsPerSecond: perSecond(written - start),
      filledPerSecond: writer.code === OWN_CODE ? perSecond(filled - filling) : null,
      bytesPerRow: (await bytesUsed(url)) / commits.length,
    };
  } finally {
    await database.close();
  }
}

async function bytesUsed(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("vacuum");
  const { rows } = await client.query<{ bytes: string }>(`
    select sum(pg_total_relation_size(oid)) as bytes from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace`);
  await client.end();
  return Number(rows[0]?.bytes);
}
