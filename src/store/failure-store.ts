import type { Transaction } from "./database.js";

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
           next_check_at = now() + failed.delay_ms * interval '1 ms'
      from unnest(${failures.map(({ id }) => id)}::int[],
                  ${failures.map(({ retryInMs }) => retryInMs)}::int[]) as failed(id, delay_ms)
     where r.id = failed.id`;
}
