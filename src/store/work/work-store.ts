import {
  FIRST_CHECKS_AT_ONCE,
  LEASES,
  REQUEST_LEASE_MS,
  type WorkKind,
  type WorkReason,
} from "../../domain/work.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";

/**
 * What is due is one concept: a narrow row for each kind of work and what it is about.
 *
 * ```
 *           request, schedule            claim (publishedMs)      take (heldMs)
 *   nothing ───────────────► due later ─► due ───────► claimed ─────────────► held
 *      ▲                        ▲          ▲              │ lease ends           │ renew
 *      │                        │          └──────────────┴──────────────────────┤ lease ends, release
 *      └── finish(null), cancel └───────────── finish(next), postpone, fail ─────┘
 * ```
 *
 * - A claim touches no index: what it passes over is what is on its way already, which is bounded by the
 *   room in the queues, whatever the number of rows.
 * - What has been cancelled stays so: whatever of it ends later does not make it due again.
 * - Statements about many rows take them in the order of their ids; locks on these rows are short, and
 *   come after the repository's and before the feed's.
 * - Whoever changes attempts or failures of a repository's work holds the repository's row lock.
 */

/** Part of a statement that changes work too. */
export type WorkChange = Prisma.Sql;

export interface Claimed {
  readonly id: number;
  /** How long it had been due. */
  readonly lateMs: number;
}

/** Whether `claimWork` would find something. One look at an index, however many are due. */
export async function isAnyDue(tx: Transaction, kind: WorkKind): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ isDue: boolean }[]>`
    select (select true from work where ${isDue(kind)} order by due_at limit 1) as "isDue"`;
  return row?.isDue === true;
}

/**
 * Claims what is due, the longest due first, for as long as its task may wait in the queue. Any number
 * may claim at once: each row goes to one of them. Nothing when there are fewer than `atLeast`. First
 * checks come last, and `addedMax` at most.
 */
export async function claimWork(
  tx: Transaction,
  kind: WorkKind,
  { limit, atLeast = 1, addedMax = limit }: { limit: number; atLeast?: number; addedMax?: number },
): Promise<Claimed[]> {
  const { publishedMs } = LEASES[kind];
  return await tx.$queryRaw<Claimed[]>`
    with known as materialized (
      select subject_id from work where ${isDue(kind)} and reason <> 'ADDED'
       order by due_at limit ${limit} for update skip locked),
    added as materialized (
      select subject_id from work where ${isDue(kind)} and reason = 'ADDED'
       order by due_at limit least(${addedMax}::int, ${limit}::int - (select count(*) from known))
         for update skip locked),
    due as materialized (select subject_id from known union all select subject_id from added)
    update work w set claimed_until = ${after(publishedMs)}, is_held = false
      from due
     where w.kind = ${kind}::work_kind and w.subject_id = due.subject_id
       and (select count(*) from due) >= ${atLeast}
    returning w.subject_id as id,
              (extract(epoch from now() - w.due_at) * 1000)::float8 as "lateMs"`;
}

/**
 * Takes work in hand whose task has come. False where another worker has it in hand, or where it is not
 * due any more, or only later: that task is an old one. One that is delivered again has lost its first worker.
 */
export async function takeWork(
  tx: Transaction,
  kind: WorkKind,
  id: number,
  { isRedelivered }: { isRedelivered: boolean },
): Promise<boolean> {
  // What this very transaction made due too: times are kept in milliseconds, rounded.
  const taken = await tx.$executeRaw`
    update work set is_held = true, claimed_until = ${after(LEASES[kind].heldMs)}
     where ${about(kind, [id])} and due_at <= now() + interval '1 ms'
       and (not is_held or claimed_until <= now() or ${isRedelivered})`;
  return taken > 0;
}

/** Failures in a row. */
export async function readAttempts(tx: Transaction, kind: WorkKind, id: number): Promise<number> {
  const [row] = await tx.$queryRaw<{ attempts: number }[]>`
    select attempts from work where ${about(kind, [id])}`;
  return row?.attempts ?? 0;
}

/** A sign of life of work in hand that goes well: the lease runs on from now, failures are forgotten. */
export async function renewWork(tx: Transaction, kind: WorkKind, id: number): Promise<void> {
  await tx.$executeRaw`${renewed(kind, id)}`;
}

/** The same as part of a statement. */
export function renewed(kind: WorkKind, id: number): WorkChange {
  return Prisma.sql`
    update work
       set is_held = true, claimed_until = ${after(LEASES[kind].heldMs)}, done_at = now(),
           attempts = 0, failure = null
     where ${about(kind, [id])} and due_at is not null`;
}

/** A sign of life of work in hand that has nothing to show yet: the lease runs on from now. */
export async function holdWork(tx: Transaction, kind: WorkKind, id: number): Promise<void> {
  await tx.$executeRaw`
    update work set claimed_until = ${after(LEASES[kind].heldMs)}
     where ${about(kind, [id])} and is_held and due_at is not null`;
}

/**
 * Has work done that nobody has asked for yet; true then. With `isPublished` the caller publishes its
 * task, and a scheduler finds the row only when that must have been lost.
 */
export async function requestWork(
  tx: Transaction,
  kind: WorkKind,
  id: number,
  { reason, isPublished }: { reason: WorkReason; isPublished: boolean },
): Promise<boolean> {
  const requested = await tx.$executeRaw`
    insert into work (kind, subject_id, due_at, claimed_until, reason)
    values (${kind}::work_kind, ${id}, now(),
            case when ${isPublished} then ${after(REQUEST_LEASE_MS)} end, ${reason}::work_reason)
    on conflict (kind, subject_id) do update
       set due_at = now(), claimed_until = excluded.claimed_until, is_held = false,
           reason = excluded.reason
     where work.due_at is null`;
  return requested > 0;
}

/**
 * Has repositories checked that were added just now. Of `FIRST_CHECKS_AT_ONCE` the caller publishes the
 * task; more are left to the scheduler.
 */
export async function requestFirstChecks(tx: Transaction, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.$executeRaw`
    insert into work (kind, subject_id, due_at, claimed_until, reason)
    select 'check', id, now(),
           case when ${ids.length <= FIRST_CHECKS_AT_ONCE} then ${after(LEASES.check.publishedMs)} end,
           'ADDED'
      from unnest(${ids}::int[]) as added(id)`;
}

/**
 * Has work done now instead of when it is due, for the reason that somebody asked for it; `isPublished`
 * as above. False where one is on its way already that somebody asked for: it answers for this one too if
 * it has not begun, and is done once more if it has.
 */
export async function hurryWork(
  tx: Transaction,
  kind: WorkKind,
  id: number,
  { isPublished }: { isPublished: boolean },
): Promise<boolean> {
  const hurried = await tx.$executeRaw`
    insert into work (kind, subject_id, due_at, claimed_until, reason)
    values (${kind}::work_kind, ${id}, now(),
            case when ${isPublished} then ${after(REQUEST_LEASE_MS)} end, 'REQUESTED')
    on conflict (kind, subject_id) do update
       set due_at = now(), claimed_until = excluded.claimed_until, is_held = false,
           reason = 'REQUESTED'
     where not coalesce(work.reason = 'REQUESTED' and work.claimed_until > now(), false)`;
  if (hurried > 0) return true;
  await tx.$executeRaw`
    update work set due_at = now()
     where ${about(kind, [id])} and reason = 'REQUESTED' and claimed_until > now()`;
  return false;
}

/** When work is due next, and why then. */
export interface NextWork {
  readonly delayMs: number;
  readonly reason: WorkReason;
  /** Null leaves it as it was. */
  readonly rate: number | null;
}

/** Sets when work is due next, unless it is due now or on its way; `isIdle`: only where nothing is due. */
export async function scheduleWork(
  tx: Transaction,
  kind: WorkKind,
  id: number,
  next: NextWork,
  options: { readonly isIdle?: boolean } = {},
): Promise<void> {
  await tx.$executeRaw`${scheduled(kind, id, next, options)}`;
}

/** The same as part of a statement. */
export function scheduled(
  kind: WorkKind,
  id: number,
  { delayMs, reason, rate }: NextWork,
  { isIdle = false } = {},
): WorkChange {
  return Prisma.sql`
    insert into work (kind, subject_id, due_at, reason, rate)
    values (${kind}::work_kind, ${id}, ${after(delayMs)}, ${reason}::work_reason, ${rate}::float8)
    on conflict (kind, subject_id) do update
       set due_at = excluded.due_at, claimed_until = null, is_held = false,
           reason = excluded.reason, rate = coalesce(excluded.rate, work.rate)
     where work.due_at is null or (work.due_at > now() and not ${isIdle})`;
}

export interface Finished {
  readonly id: number;
  /** Null: nothing is due after it. */
  readonly next: NextWork | null;
  /** Why nothing is. */
  readonly reason?: WorkReason;
  /** When it was due as it was begun; null, or absent: whatever has been asked for since, too. */
  readonly dueAt?: Date | null;
}

/**
 * What was done, and went well. All of them in one statement. What was asked for, or moved, since it was
 * begun is left due as it is, and in nobody's hands.
 */
export async function finishWork(
  tx: Transaction,
  kind: WorkKind,
  done: readonly Finished[],
): Promise<void> {
  if (done.length === 0) return;
  const isIt = Prisma.sql`(done.due_at is null or w.due_at = done.due_at)`;
  await tx.$executeRaw`
    update work w
       set done_at = now(), claimed_until = null, is_held = false, attempts = 0, failure = null,
           due_at = case when ${isIt} then now() + done.delay_ms * interval '1 ms' else w.due_at end,
           reason = case when ${isIt} then coalesce(done.reason::work_reason, w.reason) else w.reason end,
           rate = coalesce(done.rate, w.rate)
      from unnest(${done.map(({ id }) => id)}::int[],
                  ${done.map(({ next }) => next && Math.round(next.delayMs))}::int8[],
                  ${done.map(({ next, reason }) => next?.reason ?? reason ?? null)}::text[],
                  ${done.map(({ next }) => next?.rate ?? null)}::float8[],
                  ${done.map(({ dueAt }) => dueAt?.toISOString() ?? null)}::timestamptz[])
             as done(id, delay_ms, reason, rate, due_at)
     where w.kind = ${kind}::work_kind and w.subject_id = done.id and ${inOrder(kind, done)}`;
}

/**
 * Not now: it keeps its reason, and what is known of failures. Waits for nobody: a row that somebody else
 * is writing is left to them, and at worst comes back when its lease ends.
 */
export async function postponeWork(
  tx: Transaction,
  kind: WorkKind,
  ids: readonly number[],
  { delayMs }: { delayMs: number },
): Promise<void> {
  if (ids.length === 0) return;
  await tx.$executeRaw`
    update work w set due_at = ${after(delayMs)}, claimed_until = null, is_held = false
     where w.kind = ${kind}::work_kind and ${inOrder(kind, ids.map(asId), { skipLocked: true })}`;
}

/** Not before so long, cancelled or not: doing it would only fail again. */
export async function restWork(
  tx: Transaction,
  kind: WorkKind,
  id: number,
  { delayMs }: { delayMs: number },
): Promise<void> {
  await tx.$executeRaw`
    update work
       set due_at = ${after(delayMs)}, claimed_until = null, is_held = false, reason = 'RETRY'
     where ${about(kind, [id])}`;
}

/** What is due later than in so long is due then, and once more what is on its way. */
export async function advanceWork(
  tx: Transaction,
  kind: WorkKind,
  ids: readonly number[],
  { dueInMs }: { dueInMs: number },
): Promise<void> {
  if (ids.length === 0) return;
  await tx.$executeRaw`
    update work w set due_at = ${after(dueInMs)}, claimed_until = null, is_held = false
     where w.kind = ${kind}::work_kind
       and (w.due_at > ${after(dueInMs)} or w.claimed_until > now()) and ${inOrder(kind, ids.map(asId))}`;
}

/** What was on its way is in nobody's hands any more: it may be claimed at once. */
export async function releaseWork(
  tx: Transaction,
  kind: WorkKind,
  ids: readonly number[],
): Promise<void> {
  await tx.$executeRaw`
    update work w set claimed_until = null, is_held = false
     where w.kind = ${kind}::work_kind and ${inOrder(kind, ids.map(asId))}`;
}

/** The same of all there is: for a start that knows that all tasks are gone. */
export async function releaseAllWork(tx: Transaction): Promise<void> {
  await tx.$executeRaw`
    update work set claimed_until = null, is_held = false where claimed_until is not null`;
}

/** What was tried and failed. */
export interface FailedWork {
  readonly id: number;
  /** Null: not tried again until it is asked for. */
  readonly retryInMs: number | null;
}

export interface FailureFacts {
  /** For people, so without secrets. */
  readonly reason: string;
  readonly context: Readonly<Record<string, string | number | boolean>>;
  /** False where being told to wait is nobody's failure. */
  readonly counts: boolean;
  /** Attempts count up to this. */
  readonly attemptsMax: number;
}

/**
 * What failed, why, and when to try again. What somebody asked for is still asked for. Returns of which it
 * was; of what has been cancelled meanwhile nothing is kept.
 */
export async function failWork(
  tx: Transaction,
  kind: WorkKind,
  failed: readonly FailedWork[],
  { reason, context, counts, attemptsMax }: FailureFacts,
): Promise<number[]> {
  const retries = failed.map(({ retryInMs }) => retryInMs && Math.round(retryInMs));
  const nowMs = Prisma.sql`(extract(epoch from now()) * 1000)::bigint`;
  const saved = await tx.$queryRaw<{ id: number }[]>`
    update work w
       set done_at = now(), claimed_until = null, is_held = false,
           due_at = now() + failed.retry_ms * interval '1 ms',
           reason = case when w.reason = 'REQUESTED' then w.reason else 'RETRY' end,
           attempts = greatest(attempts, least(attempts + ${counts ? 1 : 0}::int, ${attemptsMax}::int)),
           failure = jsonb_build_object(
             'lastError', ${reason}::text, 'lastFailedAt', ${nowMs},
             'firstError', coalesce(failure->>'firstError', ${reason}::text),
             'firstFailedAt', coalesce((failure->>'firstFailedAt')::bigint, ${nowMs}),
             'context', ${JSON.stringify(context)}::jsonb)
      from unnest(${failed.map(({ id }) => id)}::int[], ${retries}::int8[]) as failed(id, retry_ms)
     where w.kind = ${kind}::work_kind and w.subject_id = failed.id
       and ${inOrder(kind, failed)}
    returning w.subject_id as id`;
  return saved.map(({ id }) => id);
}

/** Nothing of these kinds is due any more, and their failures are forgotten. */
export async function cancelWork(
  tx: Transaction,
  kinds: readonly WorkKind[],
  id: number,
): Promise<void> {
  await tx.$executeRaw`${cancelled(kinds, id)}`;
}

/** The same as part of a statement. */
export function cancelled(kinds: readonly WorkKind[], id: number): WorkChange {
  return Prisma.sql`
    update work
       set due_at = null, claimed_until = null, is_held = false, attempts = 0, failure = null
     where kind = any(${kinds}::text[]::work_kind[]) and subject_id = ${id}
       and (due_at is not null or failure is not null)`;
}

/** What it was about is gone. */
export async function forgetWork(
  tx: Transaction,
  kinds: readonly WorkKind[],
  ids: readonly number[],
): Promise<void> {
  if (ids.length === 0) return;
  await tx.$executeRaw`
    delete from work
     where kind = any(${kinds}::text[]::work_kind[]) and subject_id = any(${ids}::int[])`;
}

function after(delayMs: number): Prisma.Sql {
  return Prisma.sql`now() + ${Math.round(delayMs)}::int8 * interval '1 ms'`;
}

function isDue(kind: WorkKind): Prisma.Sql {
  return Prisma.sql`kind = ${kind}::work_kind and due_at <= now()
    and (claimed_until is null or claimed_until <= now())`;
}

function about(kind: WorkKind, ids: readonly number[]): Prisma.Sql {
  return Prisma.sql`kind = ${kind}::work_kind and subject_id = any(${ids}::int[])`;
}

/** Of these, what is not cancelled, locked in the order of the ids: whoever else writes many does so too. */
function inOrder(
  kind: WorkKind,
  rows: readonly { readonly id: number }[],
  { skipLocked = false } = {},
): Prisma.Sql {
  const ids = rows.map(({ id }) => id);
  return Prisma.sql`w.subject_id in (
    select subject_id from work where ${about(kind, ids)} and due_at is not null
     order by subject_id for update ${skipLocked ? Prisma.sql`skip locked` : Prisma.empty})`;
}

function asId(id: number) {
  return { id };
}
