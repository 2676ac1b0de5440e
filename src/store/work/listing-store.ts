import type { ErrorCode } from "../../domain/errors.js";
import type { Transaction } from "../../postgres/database.js";
import type {
  OwnerListing as ListingRow,
  Work as WorkRow,
} from "../../postgres/prisma-client/client.js";
import { cancelWork, forgetWork, renewWork, requestWork } from "./work-store.js";

export interface ListingRequest {
  readonly login: string;
  readonly includeForks: boolean;
  readonly includeArchived: boolean;
  readonly isDryRun: boolean;
  readonly trackFrom: Date | null;
}

/** One repository of an owner, as it was when it was listed. */
export interface ListedRepository {
  readonly nameWithOwner: string;
  readonly isFork: boolean;
  readonly isArchived: boolean;
  readonly isPrivate: boolean;
  readonly isTracked: boolean;
  /** Null where it is not tracked: a dry run. */
  readonly repositoryId: number | null;
  readonly estimatedPoints: number;
}

export interface OwnerListing extends ListingRequest {
  readonly id: number;
  /** When it goes on; null: it does not. */
  readonly dueAt: Date | null;
  readonly isFinished: boolean;
  readonly walkAfter: string | null;
  readonly attempts: number;
  readonly totalCount: number | null;
  readonly listedCount: number;
  readonly addedCount: number;
  readonly hiddenCount: number;
  readonly points: number;
  readonly repositories: readonly ListedRepository[];
  readonly failure: ListingFailure | null;
}

export interface ListingFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Kept by name; what comes after them is only counted. */
const NAMES_MAX = 1_000;

/**
 * The listing of this request: the one under way or not collected yet, else a new one, due now; whoever
 * asks publishes its task.
 */
export async function requestListing(
  tx: Transaction,
  { login, includeForks, includeArchived, isDryRun, trackFrom }: ListingRequest,
): Promise<{ readonly id: number; readonly isNew: boolean }> {
  const request = JSON.stringify([
    ...[login.toLowerCase(), includeForks, includeArchived],
    ...[isDryRun, trackFrom?.toISOString() ?? null],
  ]);
  await deleteOld(tx);
  const [made] = await tx.$queryRaw<{ id: number }[]>`
    insert into owner_listing as l (
      request, login, include_forks, include_archived, is_dry_run, track_from)
    values (${request}, ${login}, ${includeForks}, ${includeArchived}, ${isDryRun}, ${trackFrom})
    on conflict (request) do update
       set login = excluded.login, requested_at = now(), finished_at = null,
           is_collected = false, walk_after = null,
           total_count = null, listed_count = 0, added_count = 0, hidden_count = 0, points = 0,
           repositories = '[]', error_code = null, error = null
     where l.is_collected
    returning id`;
  if (made !== undefined) {
    await requestWork(tx, "listing", made.id, { reason: "REQUESTED", isPublished: true });
    return { id: made.id, isNew: true };
  }
  const found = await tx.ownerListing.findUniqueOrThrow({ where: { request } });
  return { id: found.id, isNew: false };
}

async function deleteOld(tx: Transaction): Promise<void> {
  const old = await tx.$queryRaw<{ id: number }[]>`
    delete from owner_listing
     where finished_at < now() - case when is_collected then interval '1 hour' else interval '1 day' end
    returning id`;
  await forgetWork(
    tx,
    ["listing"],
    old.map(({ id }) => id),
  );
}

/** Null when it is gone. */
export async function readListing(tx: Transaction, id: number): Promise<OwnerListing | null> {
  const row = await tx.ownerListing.findUnique({ where: { id } });
  if (row === null) return null;
  const key = { kind: "listing", subjectId: id } as const;
  return toListing(row, await tx.work.findUnique({ where: { kind_subjectId: key } }));
}

/** The same, with its row locked. */
export async function lockListing(tx: Transaction, id: number): Promise<OwnerListing | null> {
  await tx.$queryRaw`select id from owner_listing where id = ${id} for update`;
  return await readListing(tx, id);
}

export interface ListedPage {
  readonly login: string;
  readonly totalCount: number;
  readonly hiddenCount: number;
  readonly repositories: readonly ListedRepository[];
  readonly addedCount: number;
  readonly points: number;
  /** Null after the last page. */
  readonly next: string | null;
}

/** What a page has shown; the lease runs on from now. */
export async function saveListedPage(tx: Transaction, id: number, page: ListedPage): Promise<void> {
  await tx.$executeRaw`
    update owner_listing
       set login = ${page.login}, total_count = ${page.totalCount},
           listed_count = listed_count + ${page.repositories.length},
           hidden_count = hidden_count + ${page.hiddenCount},
           added_count = added_count + ${page.addedCount}, points = points + ${page.points},
           walk_after = ${page.next},
           repositories = case when listed_count >= ${NAMES_MAX} then repositories
                               else repositories || ${JSON.stringify(page.repositories)}::jsonb end,
           finished_at = case when ${page.next === null} then now() end
     where id = ${id}`;
  if (page.next === null) await cancelWork(tx, ["listing"], id);
  else await renewWork(tx, "listing", id);
}

/** It cannot be carried through. */
export async function finishListing(
  tx: Transaction,
  id: number,
  { code, message }: ListingFailure,
): Promise<void> {
  await tx.$executeRaw`
    update owner_listing
       set finished_at = now(), error_code = ${code}, error = ${message}
     where id = ${id} and finished_at is null`;
  await cancelWork(tx, ["listing"], id);
}

/** Its result has been told: the same request lists anew from now on. */
export async function collectListing(tx: Transaction, id: number): Promise<void> {
  await tx.$executeRaw`
    update owner_listing set is_collected = true where id = ${id} and finished_at is not null`;
}

function toListing(
  { errorCode, error, repositories, finishedAt, ...row }: ListingRow,
  work: WorkRow | null,
): OwnerListing {
  const failure =
    errorCode === null ? null : { code: errorCode as ErrorCode, message: error ?? "" };
  return {
    ...row,
    isFinished: finishedAt !== null,
    dueAt: work?.dueAt ?? null,
    attempts: work?.attempts ?? 0,
    repositories: repositories as unknown as readonly ListedRepository[],
    failure,
  };
}
