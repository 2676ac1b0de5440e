-- AlterTable
ALTER TABLE "repository" ADD COLUMN     "bare_name" TEXT GENERATED ALWAYS AS (lower("name" COLLATE "C")) STORED;

-- CreateIndex
CREATE INDEX "repository_bare_name_idx" ON "repository"("bare_name");
