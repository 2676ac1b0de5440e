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
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "is_collected" BOOLEAN NOT NULL DEFAULT false,
    "walk_after" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
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

-- CreateIndex
CREATE UNIQUE INDEX "owner_listing_request_key" ON "owner_listing"("request");

-- CreateIndex
CREATE INDEX "owner_listing_due_at_idx" ON "owner_listing"("due_at");
