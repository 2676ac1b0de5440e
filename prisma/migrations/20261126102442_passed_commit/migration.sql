-- CreateEnum
CREATE TYPE "passed_state" AS ENUM ('UNDECIDED', 'ADMITTED', 'BEYOND', 'UNTOLD');

-- AlterTable
ALTER TABLE "repository" ADD COLUMN     "is_start_found" BOOLEAN NOT NULL DEFAULT false;

-- What was cut off because of its date alone is looked at again: the start is found anew behind it.
UPDATE "repository" r SET "frontier" = "frontier" || b."oids"
  FROM (SELECT "repository_id", array_agg("oid") AS "oids" FROM "boundary_commit" bc
         WHERE EXISTS (SELECT FROM "commit" c WHERE c."repository_id" = bc."repository_id"
                          AND c."reachable" AND bc."oid" = ANY (c."parents"))
         GROUP BY 1) b
 WHERE b."repository_id" = r."id" AND r."removed_at" IS NULL;
INSERT INTO "work" ("kind", "subject_id", "due_at", "reason")
SELECT 'pull', "id", now(), 'WALK' FROM "repository"
 WHERE "id" IN (SELECT "repository_id" FROM "boundary_commit") AND cardinality("frontier") > 0
   AND "state" IN ('ACTIVE', 'BACKFILLING') AND "head_oid" IS NOT NULL
    ON CONFLICT ("kind", "subject_id") DO UPDATE SET "due_at" = now() WHERE "work"."due_at" IS NULL;

-- DropTable
DROP TABLE "boundary_commit";

-- CreateTable
CREATE TABLE "passed_commit" (
    "repository_id" INTEGER NOT NULL,
    "oid" BYTEA NOT NULL,
    "state" "passed_state" NOT NULL,
    "is_seen" BOOLEAN NOT NULL,
    "parents" BYTEA[] DEFAULT ARRAY[]::BYTEA[],
    "depth" INTEGER NOT NULL DEFAULT 1,
    "commit" JSONB,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "retry_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "passed_commit_pkey" PRIMARY KEY ("repository_id","oid")
);

-- CreateIndex
CREATE INDEX "passed_commit_repository_id_state_is_seen_idx" ON "passed_commit"("repository_id", "state", "is_seen");
