-- CreateTable
CREATE TABLE "actor" (
    "repository_id" INTEGER NOT NULL,
    "hash" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "login" TEXT,
    "avatar_url" TEXT,

    CONSTRAINT "actor_pkey" PRIMARY KEY ("repository_id","hash")
);

-- Every author of a stored commit. Of those, committers stay in their own columns.
INSERT INTO "actor" ("repository_id", "hash", "name", "email", "login", "avatar_url")
SELECT "repository_id", "author_hash", "name", "email", "login", "avatar_url" FROM "author";

-- AlterTable
-- Never null. To have the database require that would read the whole table while nobody else may.
ALTER TABLE "commit" ALTER COLUMN "author_hash" DROP EXPRESSION;

-- AlterTable
ALTER TABLE "commit" DROP COLUMN "author_avatar_url",
DROP COLUMN "author_email",
DROP COLUMN "author_login",
DROP COLUMN "author_name",
ADD COLUMN     "committer_hash" BIGINT,
ALTER COLUMN "committer_name" DROP NOT NULL,
ALTER COLUMN "committer_email" DROP NOT NULL;
