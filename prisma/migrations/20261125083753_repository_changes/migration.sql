-- AlterTable
ALTER TABLE "repository" ADD COLUMN     "changed_xid" BIGINT NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "repository_changed_xid_idx" ON "repository"("changed_xid");

-- Sets `changed_xid`. What is left out of the list moves with every check: the schedule.
-- Its semicolons are written as \073: what applies migrations cuts them apart at each semicolon.
CREATE FUNCTION "note_repository_change"() RETURNS trigger LANGUAGE plpgsql AS
  E'BEGIN NEW.changed_xid := pg_current_xact_id()::text::bigint\073 RETURN NEW\073 END';

CREATE TRIGGER "repository_added" BEFORE INSERT ON "repository"
  FOR EACH ROW EXECUTE FUNCTION "note_repository_change"();

CREATE TRIGGER "repository_changed" BEFORE UPDATE ON "repository"
  FOR EACH ROW
  WHEN ((OLD.owner, OLD.name, OLD.state, OLD.track_from, OLD.default_branch, OLD.is_archived,
         OLD.is_private, OLD.head_oid, OLD.observed_oid, cardinality(OLD.frontier),
         OLD.commit_count, OLD.orphaned_count, OLD.attempts, OLD.last_error, OLD.removed_at)
        IS DISTINCT FROM
        (NEW.owner, NEW.name, NEW.state, NEW.track_from, NEW.default_branch, NEW.is_archived,
         NEW.is_private, NEW.head_oid, NEW.observed_oid, cardinality(NEW.frontier),
         NEW.commit_count, NEW.orphaned_count, NEW.attempts, NEW.last_error, NEW.removed_at))
  EXECUTE FUNCTION "note_repository_change"();
