-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "repository_state" AS ENUM ('PENDING', 'BACKFILLING', 'ACTIVE', 'PAUSED', 'EMPTY', 'UNAVAILABLE', 'FAILED');

-- CreateEnum
CREATE TYPE "ingest_kind" AS ENUM ('LIVE', 'BACKFILL');

-- CreateTable
CREATE TABLE "repository" (
    "id" SERIAL NOT NULL,
    "node_id" TEXT,
    "database_id" BIGINT,
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "state" "repository_state" NOT NULL DEFAULT 'PENDING',
    "generation" INTEGER NOT NULL DEFAULT 0,
    "track_from" TIMESTAMPTZ(3),
    "default_branch" TEXT,
    "is_archived" BOOLEAN NOT NULL DEFAULT false,
    "is_private" BOOLEAN NOT NULL DEFAULT false,
    "head_oid" BYTEA,
    "observed_oid" BYTEA,
    "frontier" BYTEA[] DEFAULT ARRAY[]::BYTEA[],
    "unmet_oids" BYTEA[] DEFAULT ARRAY[]::BYTEA[],
    "walk_oid" BYTEA,
    "walk_after" TEXT,
    "commit_count" INTEGER NOT NULL DEFAULT 0,
    "orphaned_count" INTEGER NOT NULL DEFAULT 0,
    "github_count" INTEGER,
    "verified_oid" BYTEA,
    "verified_at" TIMESTAMPTZ(3),
    "last_commit_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_error" TEXT,
    "last_checked_at" TIMESTAMPTZ(3),
    "last_fetched_at" TIMESTAMPTZ(3),
    "next_check_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "repository_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "repository_name" (
    "name_key" TEXT NOT NULL,
    "repository_id" INTEGER NOT NULL,

    CONSTRAINT "repository_name_pkey" PRIMARY KEY ("name_key")
);

-- CreateTable
CREATE TABLE "commit" (
    "event_id" BIGINT NOT NULL,
    "position" SMALLINT NOT NULL,
    "repository_id" INTEGER NOT NULL,
    "oid" BYTEA NOT NULL,
    "parents" BYTEA[],
    "message" TEXT NOT NULL,
    "author_name" TEXT NOT NULL,
    "author_email" TEXT NOT NULL,
    "author_login" TEXT,
    "author_avatar_url" TEXT,
    "authored_at" TIMESTAMPTZ(0) NOT NULL,
    "committer_name" TEXT NOT NULL,
    "committer_email" TEXT NOT NULL,
    "committer_login" TEXT,
    "committer_avatar_url" TEXT,
    "committed_at" TIMESTAMPTZ(0) NOT NULL,
    "reachable" BOOLEAN NOT NULL DEFAULT true,
    "orphaned_at" TIMESTAMPTZ(3),

    CONSTRAINT "commit_pkey" PRIMARY KEY ("event_id","position")
);

-- CreateTable
CREATE TABLE "feed" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "sequence" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "feed_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "feed_event" (
    "id" BIGSERIAL NOT NULL,
    "sequence" BIGINT NOT NULL,
    "kind" "ingest_kind" NOT NULL,
    "repository_id" INTEGER NOT NULL,
    "head_oid" BYTEA,
    "orphaned_oids" BYTEA[] DEFAULT ARRAY[]::BYTEA[],
    "restored_oids" BYTEA[] DEFAULT ARRAY[]::BYTEA[],
    "ingested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "feed_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "boundary_commit" (
    "repository_id" INTEGER NOT NULL,
    "oid" BYTEA NOT NULL,

    CONSTRAINT "boundary_commit_pkey" PRIMARY KEY ("repository_id","oid")
);

-- CreateTable
CREATE TABLE "history_rewrite" (
    "id" SERIAL NOT NULL,
    "repository_id" INTEGER NOT NULL,
    "before_oid" BYTEA NOT NULL,
    "after_oid" BYTEA NOT NULL,
    "orphaned_count" INTEGER NOT NULL,
    "restored_count" INTEGER NOT NULL,
    "detected_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "history_rewrite_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "repository_node_id_key" ON "repository"("node_id");

-- CreateIndex
CREATE INDEX "repository_next_check_at_idx" ON "repository"("next_check_at");

-- CreateIndex
CREATE INDEX "repository_name_repository_id_idx" ON "repository_name"("repository_id");

-- CreateIndex
CREATE INDEX "commit_repository_id_committed_at_oid_idx" ON "commit"("repository_id", "committed_at", "oid");

-- CreateIndex
CREATE INDEX "commit_committed_at_repository_id_oid_idx" ON "commit"("committed_at", "repository_id", "oid");

-- CreateIndex
CREATE UNIQUE INDEX "commit_repository_id_oid_key" ON "commit"("repository_id", "oid");

-- CreateIndex
CREATE UNIQUE INDEX "feed_event_sequence_key" ON "feed_event"("sequence");

-- CreateIndex
CREATE INDEX "feed_event_repository_id_sequence_idx" ON "feed_event"("repository_id", "sequence");

-- CreateIndex
CREATE INDEX "history_rewrite_repository_id_id_idx" ON "history_rewrite"("repository_id", "id");

-- AddForeignKey
ALTER TABLE "repository_name" ADD CONSTRAINT "repository_name_repository_id_fkey" FOREIGN KEY ("repository_id") REFERENCES "repository"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The one row that gives out sequences
INSERT INTO "feed" ("id", "sequence") VALUES (true, 0);
