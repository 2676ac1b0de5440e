import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { Commit } from "../../src/domain/commit.js";
import { wordsOf } from "../../src/domain/words.js";
import { storePage } from "../../src/ingest/store-page.js";
import { type Database, openDatabase } from "../../src/postgres/database.js";

/** A linear history of realistic sizes, head first, as pages come from GitHub. */
export function syntheticHistory(length: number, seed: string): Commit[] {
  const oid = (index: number) => createHash("sha1").update(`${seed} ${index}`).digest("hex");
  const start = Date.UTC(2024, 0, 1);
  return Array.from({ length }, (_, place) => {
    const index = length - 1 - place;
    const person = `Person ${index % 40}`;
    const actor = {
      name: person,
      email: `person${index % 40}@example.org`,
      login: index % 3 === 0 ? `person${index % 40}` : null,
      avatarUrl: `https://avatars.example.org/u/${index % 40}?v=4`,
    };
    const date = new Date(start + index * 60_000);
    return {
      oid: oid(index),
      parents: index === 0 ? [] : [oid(index - 1)],
      message: `Change number ${index}\n\nA body of the length that bodies have, with a reason in it. ${"x".repeat(index % 120)}`,
      author: actor,
      authoredAt: date,
      committer: actor,
      committedAt: date,
    };
  });
}

export interface Writer {
  readonly name: string;
  write(database: Database, url: string, commits: readonly Commit[], batch: number): Promise<void>;
}

const bytes = (oid: string) => Buffer.from(oid, "hex");

/** As many entries for the index of words as the page write makes, worked out once a word. */
function wordHashes({ message }: Commit): bigint[] {
  return [...wordsOf(message), "its repository"].map((word) => {
    const known = hashes.get(word);
    if (known !== undefined) return known;
    const hash = createHash("sha1").update(word).digest().readBigInt64BE();
    hashes.set(word, hash);
    return hash;
  });
}
const hashes = new Map<string, bigint>();

/** The product's own page write: lock, look-up, plan, insert, walk and feed event, in one transaction. */
const ours: Writer = {
  name: "page write",
  async write(database, _url, commits, batch) {
    const head = commits[0]?.oid ?? "";
    await database.primary.repository.create({
      data: {
        id: 1,
        owner: "o",
        name: "n",
        nodeId: "R_1",
        observedOid: bytes(head),
        frontier: [bytes(head)],
      },
    });
    const scheduleOf = () => ({ delayMs: 60_000, checkRate: 1e-6, reason: "RATE" as const });
    for (let start = 0; start < commits.length; start += batch) {
      const page = commits.slice(start, start + batch);
      const stored = await database.transaction((tx) =>
        storePage(tx, {
          repositoryId: 1,
          generation: 0,
          step: {
            kind: "history" as const,
            oid: head,
            after: start === 0 ? null : String(start - 1),
          },
          page: {
            commits: page,
            odd: [],
            totalCount: null,
            endCursor: String(start),
            hasNextPage: start + batch < commits.length,
          },
          kind: "BACKFILL",
          by: "backfill",
          scheduleOf,
        }),
      );
      if (stored?.insertedCount !== page.length) throw new Error("a page was not stored whole");
    }
  },
};

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
            authorName: commit.author.name,
            authorEmail: commit.author.email,
            authorLogin: commit.author.login,
            authorAvatar: commit.author.avatarUrl,
            authoredAt: commit.authoredAt,
            committerName: commit.committer.name,
            committerEmail: commit.committer.email,
            committerLogin: commit.committer.login,
            committerAvatar: commit.committer.avatarUrl,
            committedAt: commit.committedAt,
            words: wordHashes(commit),
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
          author_name, author_email, author_login, author_avatar_url, authored_at,
          committer_name, committer_email, committer_login, committer_avatar_url, committed_at,
          words) from stdin`),
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
  const actor = ({ name, email, login, avatarUrl }: Commit["author"]) =>
    [name, email, login, avatarUrl].map(text);
  return `${[
    start,
    position,
    1,
    `\\\\x${commit.oid}`,
    `{${commit.parents.map((parent) => `"\\\\\\\\x${parent}"`).join(",")}}`,
    text(commit.message),
    ...actor(commit.author),
    commit.authoredAt.toISOString(),
    ...actor(commit.committer),
    commit.committedAt.toISOString(),
    `{${wordHashes(commit).join(",")}}`,
  ].join("\t")}\n`;
}

export const writers: readonly Writer[] = [ours, createMany, copy];

/** Rows a second of one writer on a fresh database. */
export async function measure(
  writer: Writer,
  makeDatabase: () => Promise<string>,
  commits: readonly Commit[],
  batch: number,
): Promise<number> {
  const url = await makeDatabase();
  const database = openDatabase({ url, connectionsMax: 2 });
  try {
    await database.primary.$queryRaw`select 1`;
    const start = performance.now();
    await writer.write(database, url, commits, batch);
    const seconds = (performance.now() - start) / 1_000;
    const stored = await database.primary.commit.count();
    if (stored !== commits.length)
      throw new Error(`${writer.name} stored ${stored} of ${commits.length}`);
    return commits.length / seconds;
  } finally {
    await database.close();
  }
}
