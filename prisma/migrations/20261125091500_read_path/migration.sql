-- DropIndex
DROP INDEX "commit_repository_id_committed_at_oid_idx";

-- DropIndex
DROP INDEX "commit_committed_at_repository_id_oid_idx";

-- AlterTable
ALTER TABLE "repository"
  ADD COLUMN "active_at" TIMESTAMPTZ(3) GENERATED ALWAYS AS (coalesce("last_commit_at", "created_at")) STORED,
  ADD COLUMN "sort_name" TEXT GENERATED ALWAYS AS (lower("owner" || '/' || "name")) STORED;

-- AlterTable
ALTER TABLE "commit"
  ADD COLUMN "author_hash" BIGINT GENERATED ALWAYS AS (hashtextextended(
    lower("author_name") || E'\n' || lower("author_email") || E'\n' || coalesce(lower("author_login"), ''), 0)) STORED,
  ADD COLUMN "words" BIGINT[] DEFAULT ARRAY[]::BIGINT[];

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

-- CreateIndex
CREATE INDEX "author_name_key_idx" ON "author" USING HASH ("name_key");

-- CreateIndex
CREATE INDEX "author_email_key_idx" ON "author" USING HASH ("email_key");

-- CreateIndex
CREATE INDEX "author_login_key_idx" ON "author" USING HASH ("login_key");

-- CreateIndex
CREATE INDEX "author_person_key_idx" ON "author" USING HASH ("person_key");

-- CreateIndex
CREATE INDEX "repository_sort_name_id_idx" ON "repository"("sort_name", "id");

-- CreateIndex
CREATE INDEX "repository_active_at_id_idx" ON "repository"("active_at", "id");

-- The words of what is stored already, as src/domain/words.ts finds them
UPDATE "commit" SET "words" = array(
  SELECT DISTINCT hashtextextended(word, 0)
    FROM regexp_split_to_table(lower(left("message", 20000)), '[^[:alnum:]]+') word
   WHERE word <> '')
  || hashtextextended('repository ' || "repository_id", 0);

-- CreateIndex
CREATE INDEX "commit_repository_id_reachable_committed_at_oid_author_hash_idx" ON "commit"("repository_id", "reachable", "committed_at", "oid", "author_hash");

-- CreateIndex
CREATE INDEX "commit_reachable_committed_at_repository_id_oid_author_hash_idx" ON "commit"("reachable", "committed_at", "repository_id", "oid", "author_hash");

-- CreateIndex
CREATE INDEX "commit_repository_id_author_hash_reachable_committed_at_oid_idx" ON "commit"("repository_id", "author_hash", "reachable", "committed_at", "oid");

-- CreateIndex
CREATE INDEX "commit_words_idx" ON "commit" USING GIN ("words");

-- The authors of what is stored already
INSERT INTO author (
  repository_id, author_hash, name, email, login, avatar_url, name_key, email_key, login_key,
  person_key, commit_count, first_commit_at, last_commit_at)
SELECT repository_id, author_hash, max(author_name), max(author_email), max(author_login),
       max(author_avatar_url), lower(max(author_name)), lower(max(author_email)), lower(max(author_login)),
       CASE WHEN max(author_login) IS NOT NULL THEN '@' || lower(max(author_login))
            WHEN max(author_email) <> '' THEN lower(max(author_email)) ELSE '"' || lower(max(author_name)) END,
       count(*) FILTER (WHERE reachable), min(committed_at) FILTER (WHERE reachable),
       max(committed_at) FILTER (WHERE reachable)
  FROM commit GROUP BY repository_id, author_hash;
