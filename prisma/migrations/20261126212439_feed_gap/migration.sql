-- AlterTable
ALTER TABLE "feed" ADD COLUMN     "counted_in" TEXT;

-- CreateTable
CREATE TABLE "feed_gap" (
    "after_sequence" BIGINT NOT NULL,
    "up_to_sequence" BIGINT NOT NULL,
    "noticed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "feed_gap_pkey" PRIMARY KEY ("after_sequence")
);

-- CreateIndex
CREATE UNIQUE INDEX "feed_gap_up_to_sequence_key" ON "feed_gap"("up_to_sequence");
