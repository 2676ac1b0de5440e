-- DropIndex
DROP INDEX "commit_words_idx";

-- AlterTable
ALTER TABLE "commit" DROP COLUMN "words";

-- CreateTable
CREATE TABLE "word_segment" (
    "id" SERIAL NOT NULL,
    "commit_count" INTEGER NOT NULL,
    "weight" INTEGER NOT NULL,

    CONSTRAINT "word_segment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "word_event" (
    "event_id" BIGINT NOT NULL,
    "repository_id" INTEGER NOT NULL,
    "segment" INTEGER NOT NULL,
    "start" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,

    CONSTRAINT "word_event_pkey" PRIMARY KEY ("event_id")
);

-- CreateTable
CREATE TABLE "word_hole" (
    "id" SERIAL NOT NULL,
    "segment" INTEGER NOT NULL,

    CONSTRAINT "word_hole_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "word_posting" (
    "segment" INTEGER NOT NULL,
    "last_word" BIGINT NOT NULL,
    "words" BIGINT[],
    "ends" SMALLINT[],
    "places" SMALLINT[],
    "bits" BYTEA,

    CONSTRAINT "word_posting_pkey" PRIMARY KEY ("segment","last_word")
);

-- CreateIndex
CREATE INDEX "word_event_segment_start_idx" ON "word_event"("segment", "start");

-- A bit for each place of a segment is 2 kB, and stays in its row.
ALTER TABLE "word_posting" SET (toast_tuple_target = 8160);

-- What is stored already is filled from the start of the feed, and read from the commits until then.
INSERT INTO "projection" ("name") VALUES ('words');
