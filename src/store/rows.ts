import { type Actor, abbreviate, commitId, type Oid, type StoredCommit } from "../domain/commit.js";
import { Prisma } from "../postgres/prisma-client/client.js";
import { UNTOLD_IN_WORDS } from "./work/passed-columns.js";

/** A moment as JSON has it: milliseconds since 1970. */
const ms = (column: Prisma.Sql) => Prisma.sql`(date_part('epoch', ${column}) * 1000)::bigint`;

/** How much is read of a commit; in brief is what most lists show, at half the price. */
export type CommitDetail = "BRIEF" | "WHOLE";

/** Whom a commit names, as a JSON list of these columns. */
function actor(hash: string, columns: string): Prisma.Sql {
  return Prisma.sql`(
    select json_build_array(${Prisma.raw(columns)}) from actor a
     where a.repository_id = c.repository_id and a.hash = c.${Prisma.raw(hash)})`;
}

const FIRST = Prisma.sql`
  c.repository_id, encode(c.oid, 'hex'), ${ms(Prisma.sql`c.committed_at`)},
  coalesce(c.headline, split_part(c.message, E'\\n', 1))`;
const WHOLE_ACTOR = "a.name, a.login, a.email, a.avatar_url";
const REST = Prisma.sql`
  ${actor("author_hash", WHOLE_ACTOR)}, c.message, ${ms(Prisma.sql`c.authored_at`)},
  array(select encode(p, 'hex') from unnest(c.parents) p),
  case when c.committer_hash is null
    then json_build_array(c.committer_name, c.committer_login, c.committer_email, c.committer_avatar_url)
    else ${actor("committer_hash", WHOLE_ACTOR)} end,
  c.reachable, ${ms(Prisma.sql`c.orphaned_at`)}, c.position,
  (select json_build_array(e.sequence::text, ${ms(Prisma.sql`e.ingested_at`)})
     from feed_event e where e.id = c.event_id)`;

/**
 * A commit, of a row `c` of `commit`, as one JSON value: to read twenty columns of a row one by one
 * takes the client several times as long.
 */
export function commitJson(detail: CommitDetail): Prisma.Sql {
  return detail === "BRIEF"
    ? Prisma.sql`json_build_array(${FIRST}, ${actor("author_hash", "a.name, a.login")})`
    : Prisma.sql`json_build_array(${FIRST}, ${REST})`;
}

/** In brief without what follows the login. */
type ActorJson = readonly [
  name: string,
  login: string | null,
  email: string,
  avatarUrl: string | null,
];

/** As `commitJson` gives it; in brief without what follows the author. */
export type CommitJson = readonly [
  repositoryId: number,
  oid: string,
  committedAt: number,
  messageHeadline: string,
  author: ActorJson,
  message: string,
  authoredAt: number,
  parents: string[],
  committer: ActorJson,
  reachable: boolean,
  orphanedAt: number | null,
  position: number,
  event: readonly [sequence: string, ingestedAt: number],
];

/**
 * By place, not by taking the list apart: that makes lists of its own, for each commit of each page.
 * Of one in brief the rest is not there, whatever its type says: no answer can show it.
 */
export function toStoredCommit(commit: CommitJson): StoredCommit {
  const brief: BriefCommit = {
    id: commitId(commit[0], commit[1]),
    repositoryId: commit[0],
    oid: commit[1],
    abbreviatedOid: abbreviate(commit[1]),
    committedAt: new Date(commit[2]),
    messageHeadline: commit[3],
    author: toActor(commit[4]),
  };
  const isBrief = commit[BRIEF_LENGTH] === undefined;
  return isBrief ? (brief as StoredCommit) : Object.assign(brief, restOf(commit));
}

const BRIEF_LENGTH = 5;
type BriefCommit = Pick<
  StoredCommit,
  | ("id" | "repositoryId" | "oid" | "abbreviatedOid")
  | ("committedAt" | "messageHeadline" | "author")
>;

function restOf(commit: CommitJson): Omit<StoredCommit, keyof BriefCommit> {
  return {
    message: commit[5],
    authoredAt: new Date(commit[6]),
    parents: commit[7],
    committer: toActor(commit[8]),
    reachable: commit[9],
    orphanedAt: commit[10] === null ? null : new Date(commit[10]),
    position: commit[11],
    sequence: BigInt(commit[12][0]),
    firstSeenAt: new Date(commit[12][1]),
  };
}

function toActor(actor: ActorJson): Actor {
  return { name: actor[0], login: actor[1], email: actor[2], avatarUrl: actor[3] };
}

/** PostgreSQL's text form of a bytea[]: `{"\\xab…","\\xcd…"}`. */
export function byteaArray(oids: readonly Oid[]): string {
  return `{${oids.map((oid) => `"\\\\x${oid}"`).join(",")}}`;
}

/** A repository `r`, its check `c`, and of its failing work what failed last, `f`. */
export const REPOSITORY_SOURCE = Prisma.sql`
  repository r
  left join work c on c.kind = 'check' and c.subject_id = r.id
  left join lateral (
    select w.attempts, w.failure from work w
     where w.kind in ('check', 'pull', 'backfill') and w.subject_id = r.id and w.failure is not null
     order by (w.failure->>'lastFailedAt')::bigint desc limit 1) f on true`;

/** A repository, of `REPOSITORY_SOURCE`. */
export const REPOSITORY_COLUMNS = Prisma.sql`
  r.id, r.owner, r.name, r.generation,
  case when r.removed_at is null then r.state::text else 'REMOVED' end as state, r.track_from as "trackFrom",
  r.default_branch as "defaultBranch", r.is_archived as "isArchived", r.is_private as "isPrivate",
  encode(r.head_oid, 'hex') as "headOid", r.commit_count as "commitCount",
  coalesce(f.attempts, 0) as attempts, coalesce(f.failure->>'lastError', ${UNTOLD_IN_WORDS}) as "lastError",
  c.done_at as "lastCheckedAt", r.last_fetched_at as "lastFetchedAt",
  c.due_at as "nextCheckAt",
  case when c.due_at is not null and c.done_at is not null
       then greatest(extract(epoch from c.due_at - c.done_at) * 1000, 0)::float8 end as "checkIntervalMs",
  coalesce(c.reason, 'ADDED')::text as "checkReason", r.created_at as "createdAt"`;

/** `work.failure`; times in milliseconds since 1970. */
export interface FailureJson {
  readonly firstError: string;
  readonly firstFailedAt: number;
  readonly lastError: string;
  readonly lastFailedAt: number;
  readonly context: Readonly<Record<string, unknown>>;
}
