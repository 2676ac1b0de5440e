-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "repository_state" AS ENUM ('PENDING', 'BACKFILLING', 'ACTIVE', 'PAUSED', 'EMPTY', 'UNAVAILABLE', 'FAILED');

-- CreateEnum
CREATE TYPE "work_kind" AS ENUM ('check', 'pull', 'backfill', 'verify', 'listing');

-- CreateEnum
CREATE TYPE "work_reason" AS ENUM ('ADDED', 'RATE', 'WATCHED', 'REQUESTED', 'WALK', 'RETRY');

-- CreateEnum
CREATE TYPE "ingest_kind" AS ENUM ('LIVE', 'BACKFILL');

-- CreateEnum
CREATE TYPE "api_role" AS ENUM ('READER', 'WRITER');

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
    "restored_count" INTEGER NOT NULL DEFAULT 0,
    "commit_count" INTEGER NOT NULL DEFAULT 0,
    "orphaned_count" INTEGER NOT NULL DEFAULT 0,
    "pushed_at" TIMESTAMPTZ(3),
    "looked_at" TIMESTAMPTZ(3),
    "rate_weight" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "rate_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "watched_until" TIMESTAMPTZ(3),
    "last_commit_at" TIMESTAMPTZ(3),
    "last_fetched_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sort_name" TEXT GENERATED ALWAYS AS (lower("owner" || '/' || "name")) STORED,
    "active_at" TIMESTAMPTZ(3) GENERATED ALWAYS AS (coalesce("last_commit_at", "created_at")) STORED,
    "removed_at" TIMESTAMPTZ(3),
    "changed_xid" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "repository_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "work" (
    "kind" "work_kind" NOT NULL,
    "subject_id" INTEGER NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "claimed_until" TIMESTAMPTZ(3),
    "is_held" BOOLEAN NOT NULL DEFAULT false,
    "reason" "work_reason" NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failure" JSONB,
    "done_at" TIMESTAMPTZ(3),
    "rate" DOUBLE PRECISION,

    CONSTRAINT "work_pkey" PRIMARY KEY ("kind","subject_id")
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
    "headline" TEXT,
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
    "author_hash" BIGINT GENERATED ALWAYS AS (hashtextextended(
      length("author_name")::text || "author_name" || length("author_email")::text || "author_email" || coalesce('@' || "author_login", ''), 0)) STORED,
    "words" BIGINT[] DEFAULT ARRAY[]::BIGINT[],

    CONSTRAINT "commit_pkey" PRIMARY KEY ("event_id","position")
);

-- CreateTable
CREATE TABLE "author" (
    "repository_id" INTEGER NOT NULL,
    "author_hash" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "login" TEXT,
    "avatar_url" TEXT,
    "name_key" TEXT NOT NULL,
    "email_key" TEXT NOT NULL,
    "login_key" TEXT,
    "person_key" TEXT NOT NULL,
    "commit_count" INTEGER NOT NULL,
    "first_commit_at" TIMESTAMPTZ(0),
    "last_commit_at" TIMESTAMPTZ(0),

    CONSTRAINT "author_pkey" PRIMARY KEY ("repository_id","author_hash")
);

-- CreateTable
CREATE TABLE "feed" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "sequence" BIGINT NOT NULL DEFAULT 0,
    "oldest_sequence" BIGINT NOT NULL DEFAULT 1,

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
CREATE TABLE "feed_author" (
    "author_key" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "orphaned_oids" BYTEA[],
    "restored_oids" BYTEA[],

    CONSTRAINT "feed_author_pkey" PRIMARY KEY ("author_key","sequence")
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

-- CreateTable
CREATE TABLE "verification" (
    "repository_id" INTEGER NOT NULL,
    "is_deep" BOOLEAN NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
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

-- CreateTable
CREATE TABLE "history_count" (
    "repository_id" INTEGER NOT NULL,
    "oid" BYTEA NOT NULL,
    "count" INTEGER,

    CONSTRAINT "history_count_pkey" PRIMARY KEY ("repository_id")
);

-- CreateTable
CREATE TABLE "owner_listing" (
    "id" SERIAL NOT NULL,
    "request" TEXT NOT NULL,
    "login" TEXT NOT NULL,
    "include_forks" BOOLEAN NOT NULL,
    "include_archived" BOOLEAN NOT NULL,
    "is_dry_run" BOOLEAN NOT NULL,
    "track_from" TIMESTAMPTZ(3),
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "is_collected" BOOLEAN NOT NULL DEFAULT false,
    "walk_after" TEXT,
    "total_count" INTEGER,
    "listed_count" INTEGER NOT NULL DEFAULT 0,
    "added_count" INTEGER NOT NULL DEFAULT 0,
    "hidden_count" INTEGER NOT NULL DEFAULT 0,
    "points" INTEGER NOT NULL DEFAULT 0,
    "repositories" JSONB NOT NULL DEFAULT '[]',
    "error_code" TEXT,
    "error" TEXT,

    CONSTRAINT "owner_listing_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rate_budget" (
    "user_id" BIGINT NOT NULL,
    "login" TEXT NOT NULL,
    "token_fingerprints" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "limit" INTEGER NOT NULL DEFAULT 5000,
    "remaining" INTEGER NOT NULL DEFAULT 5000,
    "reset_at" TIMESTAMPTZ(3),
    "paused_until" TIMESTAMPTZ(3),
    "pause_reason" TEXT,
    "refusals" INTEGER NOT NULL DEFAULT 0,
    "spent_live" INTEGER NOT NULL DEFAULT 0,
    "spent_backfill" INTEGER NOT NULL DEFAULT 0,
    "spent_live_before" INTEGER NOT NULL DEFAULT 0,
    "live_waiting_until" TIMESTAMPTZ(3),

    CONSTRAINT "rate_budget_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "github_request" (
    "id" BIGSERIAL NOT NULL,
    "user_id" BIGINT NOT NULL,
    "purpose" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "github_ms" INTEGER,

    CONSTRAINT "github_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "scheduler_turn" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "next_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "scheduler_turn_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "role" "api_role" NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "repository_node_id_key" ON "repository"("node_id");

-- CreateIndex
CREATE INDEX "repository_changed_xid_idx" ON "repository"("changed_xid");

-- CreateIndex
CREATE INDEX "repository_state_id_idx" ON "repository"("state", "id");

-- CreateIndex
CREATE INDEX "repository_sort_name_id_idx" ON "repository"("sort_name", "id");

-- CreateIndex
CREATE INDEX "repository_active_at_id_idx" ON "repository"("active_at", "id");

-- CreateIndex
CREATE INDEX "work_kind_due_at_idx" ON "work"("kind", "due_at") WHERE (due_at is not null);

-- CreateIndex
CREATE INDEX "repository_name_repository_id_idx" ON "repository_name"("repository_id");

-- CreateIndex
CREATE INDEX "commit_repository_id_reachable_committed_at_oid_author_hash_idx" ON "commit"("repository_id", "reachable", "committed_at", "oid", "author_hash");

-- CreateIndex
CREATE INDEX "commit_reachable_committed_at_repository_id_oid_author_hash_idx" ON "commit"("reachable", "committed_at", "repository_id", "oid", "author_hash");

-- CreateIndex
CREATE INDEX "commit_repository_id_author_hash_reachable_committed_at_oid_idx" ON "commit"("repository_id", "author_hash", "reachable", "committed_at", "oid");

-- CreateIndex
CREATE INDEX "commit_words_idx" ON "commit" USING GIN ("words");

-- CreateIndex
CREATE UNIQUE INDEX "commit_repository_id_oid_key" ON "commit"("repository_id", "oid");

-- CreateIndex
CREATE INDEX "author_name_key_idx" ON "author" USING HASH ("name_key");

-- CreateIndex
CREATE INDEX "author_email_key_idx" ON "author" USING HASH ("email_key");

-- CreateIndex
CREATE INDEX "author_login_key_idx" ON "author" USING HASH ("login_key");

-- CreateIndex
CREATE INDEX "author_person_key_idx" ON "author" USING HASH ("person_key");

-- CreateIndex
CREATE UNIQUE INDEX "feed_event_sequence_key" ON "feed_event"("sequence");

-- CreateIndex
CREATE INDEX "feed_event_repository_id_kind_sequence_idx" ON "feed_event"("repository_id", "kind", "sequence");

-- CreateIndex
CREATE INDEX "feed_event_kind_sequence_idx" ON "feed_event"("kind", "sequence");

-- CreateIndex
CREATE INDEX "feed_author_sequence_idx" ON "feed_author"("sequence");

-- CreateIndex
CREATE INDEX "history_rewrite_repository_id_id_idx" ON "history_rewrite"("repository_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "owner_listing_request_key" ON "owner_listing"("request");

-- CreateIndex
CREATE INDEX "github_request_user_id_started_at_idx" ON "github_request"("user_id", "started_at");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_secret_hash_key" ON "api_key"("secret_hash");

-- AddForeignKey
ALTER TABLE "repository_name" ADD CONSTRAINT "repository_name_repository_id_fkey" FOREIGN KEY ("repository_id") REFERENCES "repository"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema cannot say: triggers, storage, and the rows of tables that have one.

CREATE FUNCTION "note_repository_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_xid := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END
$$;

CREATE TRIGGER "repository_added" BEFORE INSERT ON "repository"
  FOR EACH ROW EXECUTE FUNCTION "note_repository_change"();

CREATE TRIGGER "repository_changed" BEFORE UPDATE ON "repository"
  FOR EACH ROW
  WHEN ((OLD.owner, OLD.name, OLD.state, OLD.track_from, OLD.default_branch, OLD.is_archived,
         OLD.is_private, OLD.head_oid, OLD.observed_oid, cardinality(OLD.frontier),
         OLD.commit_count, OLD.orphaned_count, OLD.removed_at)
        IS DISTINCT FROM
        (NEW.owner, NEW.name, NEW.state, NEW.track_from, NEW.default_branch, NEW.is_archived,
         NEW.is_private, NEW.head_oid, NEW.observed_oid, cardinality(NEW.frontier),
         NEW.commit_count, NEW.orphaned_count, NEW.removed_at))
  EXECUTE FUNCTION "note_repository_change"();

-- A failure is shown of its repository. Whoever writes one holds the repository's row lock already.
CREATE FUNCTION "note_failure_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "repository" SET changed_xid = pg_current_xact_id()::text::bigint WHERE id = NEW.subject_id;
  RETURN NULL;
END
$$;

CREATE TRIGGER "failure_changed" AFTER UPDATE ON "work"
  FOR EACH ROW
  WHEN (NEW.kind IN ('check', 'pull', 'backfill')
        AND (OLD.attempts, OLD.failure) IS DISTINCT FROM (NEW.attempts, NEW.failure))
  EXECUTE FUNCTION "note_failure_change"();

-- Every check updates its row twice.
ALTER TABLE "work" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
                        autovacuum_vacuum_threshold = 1000);

INSERT INTO "feed" DEFAULT VALUES;
INSERT INTO "scheduler_turn" DEFAULT VALUES;
