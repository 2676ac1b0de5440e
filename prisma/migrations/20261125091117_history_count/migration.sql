-- CreateTable
CREATE TABLE "history_count" (
    "repository_id" INTEGER NOT NULL,
    "oid" BYTEA NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "history_count_pkey" PRIMARY KEY ("repository_id")
);
