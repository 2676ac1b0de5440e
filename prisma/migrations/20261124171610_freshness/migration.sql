-- CreateEnum
CREATE TYPE "check_reason" AS ENUM ('ADDED', 'RATE', 'WATCHED', 'REQUESTED', 'WALK', 'RETRY');

-- AlterTable
ALTER TABLE "repository" ADD COLUMN     "check_interval_ms" INTEGER,
ADD COLUMN     "check_rate" DOUBLE PRECISION NOT NULL DEFAULT 0,
ADD COLUMN     "check_reason" "check_reason" NOT NULL DEFAULT 'ADDED',
ADD COLUMN     "failure_context" JSONB,
ADD COLUMN     "first_error" TEXT,
ADD COLUMN     "first_failed_at" TIMESTAMPTZ(3),
ADD COLUMN     "is_look_wanted" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "last_failed_at" TIMESTAMPTZ(3),
ADD COLUMN     "looked_at" TIMESTAMPTZ(3),
ADD COLUMN     "pushed_at" TIMESTAMPTZ(3),
ADD COLUMN     "rate_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "rate_weight" DOUBLE PRECISION NOT NULL DEFAULT 0,
ADD COLUMN     "watched_until" TIMESTAMPTZ(3);

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

    CONSTRAINT "rate_budget_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "github_request" (
    "id" BIGSERIAL NOT NULL,
    "user_id" BIGINT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "github_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "scheduler_turn" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "next_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "scheduler_turn_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "github_request_user_id_started_at_idx" ON "github_request"("user_id", "started_at");

-- CreateIndex
CREATE INDEX "repository_state_id_idx" ON "repository"("state", "id");

INSERT INTO "scheduler_turn" DEFAULT VALUES;
