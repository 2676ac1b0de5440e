-- CreateTable
CREATE TABLE "projection" (
    "name" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "projection_pkey" PRIMARY KEY ("name")
);
