-- CreateIndex
CREATE INDEX "repository_database_id_idx" ON "repository"("database_id");
