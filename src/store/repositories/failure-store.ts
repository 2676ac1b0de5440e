import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";

export interface Failures {
  readonly reason: string;
  /** Facts for whoever looks into it; goes to people, so without secrets. */
  readonly context: Readonly<Record<string, string | number | boolean>>;
  /** GitHub does not show the repository: said by it, about it. */
  readonly isUnavailable: boolean;
  /** Attempts count up to this; at `parkAt` of them a repository is `FAILED`. */
  readonly attemptsMax: number;
  readonly parkAt: number;
  readonly counts: boolean;
  readonly failures: readonly { readonly id: number; readonly retryInMs: number }[];
}

/** Failed checks or pulls: why, and when to try again. Stored commits are never touched by a failure. */
export async function saveFailures(tx: Transaction, saved: Failures): Promise<void> {
  const { reason, context, isUnavailable, attemptsMax, parkAt, counts, failures } = saved;
  const next = counts ? 1 : 0;
  await tx.$executeRaw`
    update repository r
       set attempts = greatest(attempts, least(attempts + ${next}::int, ${attemptsMax}::int)),
           last_error = ${reason}, last_checked_at = now(), last_failed_at = now(),
           first_error = coalesce(first_error, ${reason}),
           first_failed_at = coalesce(first_failed_at, now()),
           failure_context = ${JSON.stringify(context)}::jsonb,
           state = case when state = 'PAUSED' then state
                        when ${isUnavailable} then 'UNAVAILABLE'::repository_state
                        when ${counts} and least(attempts + 1, ${attemptsMax}::int) >= ${parkAt}::int
                          then 'FAILED'::repository_state
                        else state end,
           check_reason = 'RETRY', check_interval_ms = failed.delay_ms,
           next_check_at = case when state = 'PAUSED' then next_check_at
                                else now() + failed.delay_ms * interval '1 ms' end
      from unnest(${failures.map(({ id }) => id)}::int[],
                  ${failures.map(({ retryInMs }) => retryInMs)}::int[]) as failed(id, delay_ms)
     where r.id = failed.id`;
}

/** Parks repositories whose task has ended worker after worker; a day later they are looked at again. */
export async function parkRepositories(
  tx: Transaction,
  repositoryIds: readonly number[],
  { reason, context }: Pick<Failures, "reason" | "context">,
): Promise<void> {
  await saveFailures(tx, {
    reason,
    context,
    isUnavailable: false,
    counts: true,
    attemptsMax: 1_000,
    parkAt: 0,
    failures: repositoryIds.map((id) => ({ id, retryInMs: PARKED_RETRY_MS })),
  });
}

/** How long a parked repository is left alone. */
export const PARKED_RETRY_MS = 24 * 3_600_000;

const FORGIVEN = Prisma.sql`attempts = 0, last_error = null, first_error = null,
  first_failed_at = null, last_failed_at = null, failure_context = null`;

/** Makes a parked repository due at once, as if it had never failed. False when it is not parked. */
export async function unparkRepository(tx: Transaction, repositoryId: number): Promise<boolean> {
  const changed = await tx.$executeRaw`
    update repository
       set ${FORGIVEN}, next_check_at = now(), is_look_wanted = true, check_reason = 'REQUESTED',
           state = case when head_oid is not null then 'ACTIVE'
                        when observed_oid is not null then 'BACKFILLING'
                        else 'PENDING' end::repository_state
     where id = ${repositoryId} and state = 'FAILED' and removed_at is null`;
  return changed > 0;
}

const NEVER = "9999-01-01";
const PAUSED = Prisma.sql`${FORGIVEN}, state = 'PAUSED', generation = generation + 1,
  next_check_at = ${NEVER}::timestamptz`;

/** Pauses a parked repository. False when it is not parked. */
export async function discardParked(tx: Transaction, repositoryId: number): Promise<boolean> {
  const changed = await tx.$executeRaw`
    update repository set ${PAUSED}
     where id = ${repositoryId} and state = 'FAILED' and removed_at is null`;
  return changed > 0;
}

/** Stops checking a repository and forgets its failures. False when it is gone. */
export async function pauseRepository(tx: Transaction, repositoryId: number): Promise<boolean> {
  const changed = await tx.$executeRaw`
    update repository set ${PAUSED} where id = ${repositoryId} and removed_at is null`;
  return changed > 0;
}

/** Due at once again. False when it is not paused. */
export async function resumeRepository(tx: Transaction, repositoryId: number): Promise<boolean> {
  const changed = await tx.$executeRaw`
    update repository
       set next_check_at = now(), is_look_wanted = true, check_reason = 'REQUESTED',
           state = case when head_oid is not null then 'ACTIVE'
                        when observed_oid is not null then 'BACKFILLING'
                        else 'PENDING' end::repository_state
     where id = ${repositoryId} and state = 'PAUSED' and removed_at is null`;
  return changed > 0;
}
