import type { Oid } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { cancelWork, postponeWork, renewWork, requestWork } from "./work-store.js";

/** Which of a repository's requests one answers: another may take its place while it is worked on. */
export interface VerificationKey {
  readonly repositoryId: number;
  readonly isDeep: boolean;
  /** As the database tells it. */
  readonly requestedAt: string;
}

/** A verification that somebody has asked for and that is not finished. */
export interface Verification extends VerificationKey {
  /** Null until it has begun, as are the figures. */
  readonly headOid: Oid | null;
  readonly storedCount: number | null;
  readonly gitHubCount: number | null;
  readonly faultCount: number;
  readonly walkAfter: string | null;
  readonly listedCount: number;
  readonly missingCount: number;
}

export interface VerificationRequest {
  readonly isDeep: boolean;
  /** Not where the latest was at this head already. */
  readonly unlessAt?: Oid;
  /** Not for a repository with fewer. */
  readonly commitsMin?: number;
}

/** Asks for one, due at once: a scheduler publishes its task. One under way begins again only for a deeper one. */
export async function requestVerification(
  tx: Transaction,
  repositoryId: number,
  { isDeep, unlessAt, commitsMin = 0 }: VerificationRequest,
): Promise<void> {
  const requested = await tx.$executeRaw`
    insert into verification as v (repository_id, is_deep)
    select id, ${isDeep} from repository
     where id = ${repositoryId} and commit_count >= ${commitsMin}::int
    on conflict (repository_id) do update
       set is_deep = excluded.is_deep, requested_at = now(), finished_at = null,
           head_oid = null, stored_count = null, github_count = null, fault_count = 0,
           walk_after = null, listed_count = 0, missing_count = 0, error = null
     where (v.finished_at is not null or (excluded.is_deep and not v.is_deep))
       and (${unlessAt ?? null}::text is null
            or v.head_oid is distinct from decode(${unlessAt ?? null}, 'hex'))`;
  if (requested === 0) return;
  await cancelWork(tx, ["verify"], repositoryId); // of the one before, in hand or not
  await requestWork(tx, "verify", repositoryId, { reason: "REQUESTED", isPublished: false });
}

export async function readVerification(
  tx: Transaction,
  repositoryId: number,
): Promise<Verification | null> {
  const [row] = await tx.$queryRaw<Verification[]>`
    select repository_id as "repositoryId", is_deep as "isDeep", requested_at::text as "requestedAt",
           encode(head_oid, 'hex') as "headOid", stored_count as "storedCount",
           github_count as "gitHubCount", fault_count as "faultCount", walk_after as "walkAfter",
           listed_count as "listedCount", missing_count as "missingCount"
      from verification where repository_id = ${repositoryId} and finished_at is null`;
  return row ?? null;
}

/** What has been found so far; the lease runs on from now. */
export async function saveVerification(tx: Transaction, found: Verification): Promise<void> {
  const saved = await tx.$executeRaw`
    update verification
       set head_oid = decode(${found.headOid}, 'hex'), stored_count = ${found.storedCount},
           github_count = ${found.gitHubCount}, fault_count = ${found.faultCount},
           walk_after = ${found.walkAfter}, listed_count = ${found.listedCount},
           missing_count = ${found.missingCount}
     where ${isStill(found)}`;
  if (saved > 0) await renewWork(tx, "verify", found.repositoryId);
}

/** Not now. */
export async function postponeVerification(
  tx: Transaction,
  key: VerificationKey,
  { delayMs }: { delayMs: number },
): Promise<void> {
  const mine = await tx.$queryRaw<unknown[]>`
    select repository_id from verification where ${isStill(key)} for update`;
  if (mine.length > 0) await postponeWork(tx, "verify", [key.repositoryId], { delayMs });
}

/** Forgets what has been found: it begins anew, at the head of then. */
export async function restartVerification(tx: Transaction, key: VerificationKey): Promise<void> {
  await tx.$executeRaw`
    update verification
       set head_oid = null, stored_count = null, github_count = null, fault_count = 0,
           walk_after = null, listed_count = 0, missing_count = 0
     where ${isStill(key)}`;
}

export async function finishVerification(
  tx: Transaction,
  key: VerificationKey,
  { error }: { error: string | null },
): Promise<void> {
  const finished = await tx.$executeRaw`
    update verification set finished_at = now(), error = ${error} where ${isStill(key)}`;
  if (finished > 0) await cancelWork(tx, ["verify"], key.repositoryId);
}

export async function deleteVerification(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.verification.deleteMany({ where: { repositoryId } });
}

function isStill({ repositoryId, isDeep, requestedAt }: VerificationKey): Prisma.Sql {
  return Prisma.sql`
    repository_id = ${repositoryId} and is_deep = ${isDeep}
    and requested_at = ${requestedAt}::timestamptz and finished_at is null`;
}
