-- AlterTable
ALTER TABLE "repository" DROP COLUMN "github_count",
DROP COLUMN "verified_at",
DROP COLUMN "verified_oid";

-- CreateTable
CREATE TABLE "verification" (
    "repository_id" INTEGER NOT NULL,
    "is_deep" BOOLEAN NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "head_oid" BYTEA,
    "stored_count" INTEGER,
    "github_count" INTEGER,
    "fault_count" INTEGER NOT NULL DEFAULT 0,
    "walk_after" TEXT,
    "listed_count" INTEGER NOT NULL DEFAULT 0,
    "missing_count" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,

    CONSTRAINT "verification_pkey" PRIMARY KEY ("repository_id")
);

-- CreateIndex
CREATE INDEX "verification_due_at_idx" ON "verification"("due_at");
