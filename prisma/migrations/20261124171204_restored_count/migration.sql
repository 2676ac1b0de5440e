-- AlterTable
ALTER TABLE "repository" ADD COLUMN     "restored_count" INTEGER NOT NULL DEFAULT 0;
