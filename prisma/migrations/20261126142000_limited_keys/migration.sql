-- AlterEnum
ALTER TYPE "api_role" ADD VALUE 'OPERATOR' BEFORE 'WRITER';

-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "repositories" TEXT[] DEFAULT ARRAY['*/*']::TEXT[];

-- AlterTable
ALTER TABLE "repository" ADD COLUMN     "owner_key" TEXT GENERATED ALWAYS AS (lower("owner" COLLATE "C")) STORED;

-- CreateIndex
CREATE INDEX "repository_owner_key_idx" ON "repository"("owner_key");
