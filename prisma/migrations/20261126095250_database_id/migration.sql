-- CreateIndex
CREATE INDEX "repository_database_id_idx" ON "repository"("database_id");

-- CreateIndex
CREATE INDEX "work_added_due_at_idx" ON "work"("due_at") WHERE (due_at is not null and reason = 'ADDED');
