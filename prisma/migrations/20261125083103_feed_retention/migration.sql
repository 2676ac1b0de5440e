-- AlterTable
ALTER TABLE "feed" ADD COLUMN     "oldest_sequence" BIGINT NOT NULL DEFAULT 1;
