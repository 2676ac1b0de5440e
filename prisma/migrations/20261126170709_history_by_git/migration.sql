-- AlterTable
ALTER TABLE "history_count" ADD COLUMN     "counted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- CreateTable
CREATE TABLE "history_transfer" (
    "repository_id" INTEGER NOT NULL,
    "turn" INTEGER NOT NULL DEFAULT 1,
    "held_until" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "received_bytes" BIGINT NOT NULL DEFAULT 0,
    "commit_count" INTEGER,
    "done_count" INTEGER NOT NULL DEFAULT 0,
    "away_until" TIMESTAMPTZ(3),

    CONSTRAINT "history_transfer_pkey" PRIMARY KEY ("repository_id")
);

-- CreateTable
CREATE TABLE "transfer_turn" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "paused_until" TIMESTAMPTZ(3),

    CONSTRAINT "transfer_turn_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "email_account" (
    "email" TEXT NOT NULL,
    "login" TEXT,
    "avatar_url" TEXT,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "email_account_pkey" PRIMARY KEY ("email")
);

-- CreateIndex
CREATE INDEX "history_transfer_held_until_idx" ON "history_transfer"("held_until") WHERE (held_until is not null);

INSERT INTO "transfer_turn" DEFAULT VALUES;
