-- CreateEnum
CREATE TYPE "activity_interval" AS ENUM ('DAY', 'WEEK', 'MONTH');

-- AlterTable
ALTER TABLE "author" DROP COLUMN "name",
DROP COLUMN "email",
DROP COLUMN "login",
DROP COLUMN "avatar_url",
DROP COLUMN "commit_count",
DROP COLUMN "first_commit_at",
DROP COLUMN "last_commit_at",
ADD COLUMN     "first_at" TIMESTAMPTZ(0),
ADD COLUMN     "last_at" TIMESTAMPTZ(0),
ADD COLUMN     "reachable_count" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "contributor" (
    "id" SERIAL NOT NULL,
    "repository_id" INTEGER NOT NULL,
    "person_key" TEXT NOT NULL,
    "commit_count" INTEGER NOT NULL,
    "first_at" TIMESTAMPTZ(0) NOT NULL,
    "last_at" TIMESTAMPTZ(0) NOT NULL,
    "author_hash" BIGINT NOT NULL,

    CONSTRAINT "contributor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "contribution" (
    "contributor_id" INTEGER NOT NULL,
    "span" INTEGER NOT NULL,
    "commit_count" INTEGER NOT NULL,
    "first_at" TIMESTAMPTZ(0),
    "last_at" TIMESTAMPTZ(0),

    CONSTRAINT "contribution_pkey" PRIMARY KEY ("contributor_id","span")
);

-- CreateTable
CREATE TABLE "activity" (
    "repository_id" INTEGER NOT NULL,
    "interval" "activity_interval" NOT NULL,
    "start" TIMESTAMPTZ(0) NOT NULL,
    "commit_count" INTEGER NOT NULL,
    "author_count" INTEGER,

    CONSTRAINT "activity_pkey" PRIMARY KEY ("repository_id","interval","start")
);

-- CreateIndex
CREATE UNIQUE INDEX "contributor_repository_id_person_key_key" ON "contributor"("repository_id", "person_key");

-- CreateIndex
CREATE INDEX "contributor_repository_id_commit_count_last_at_person_key_idx" ON "contributor"("repository_id", "commit_count" DESC, "last_at" DESC, "person_key");

-- CreateIndex
CREATE INDEX "activity_changed_idx" ON "activity"("interval", "repository_id", "start") WHERE (author_count is null);

-- CreateIndex
CREATE INDEX "author_author_hash_idx" ON "author"("author_hash");

-- Counts change with every commit: room for them where the row is. Few people have most of the commits.
ALTER TABLE "author" SET (fillfactor = 90);
ALTER TABLE "contribution" SET (fillfactor = 90);
ALTER TABLE "contributor" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- Filled from the first event on; what the counters of authors said until now is counted with it.
INSERT INTO "projection" ("name") VALUES ('statistics');
