import { useEffect, useState } from "preact/hooks";
import { useAct } from "../client/use-act.js";
import { useLate } from "../client/use-late.js";
import { ResetDocument } from "../operations.generated.js";
import { Dialog } from "../parts/dialog.js";
import { say } from "../parts/toast.js";
import { countOf } from "../text/numbers.js";
import type { ActedOn } from "./repository-actions.js";

const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;
const DAY_CHARS = "2026-01-01".length;

interface ResetDialogProps {
  readonly repository: ActedOn;
  readonly onClose: () => void;
}

/** Deletes and fetches again what was committed from a day on; says first how much that is. */
export function ResetDialog({ repository, onClose }: ResetDialogProps) {
  const { id, nameWithOwner } = repository;
  const [day, setDay] = useState(() =>
    new Date(Date.now() - WEEK_MS).toISOString().slice(0, DAY_CHARS),
  );
  const from = useLate(day);
  const count = useCount(id, from);
  const [reset, isResetting] = useAct(ResetDocument);
  const isCounted = count !== null && from === day;
  const act = async () => {
    const done = await reset({ repository: id, from: startOf(from), dryRun: false });
    if (done === null) return;
    const { deletedCount } = done.resetCommitsFrom;
    say(`${countOf(deletedCount, "commit")} of ${nameWithOwner} deleted; they are fetched again.`);
    onClose();
  };
  return (
    <Dialog title={`Reset ${nameWithOwner}`} onClose={onClose}>
      <label class="labelled">
        <span>Commits dated from this day on (UTC)</span>
        <input
          type="date"
          class="field"
          required
          value={day}
          onInput={({ currentTarget }) => setDay(currentTarget.value)}
        />
      </label>
      <p class="reset-count" role="status">
        {isCounted ? (
          <>
            <strong>{countOf(count, "commit")}</strong> will be deleted, and fetched again from
            GitHub.
          </>
        ) : (
          "Counting…"
        )}
      </p>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          class="button is-primary is-danger"
          disabled={!isCounted || isResetting}
          onClick={() => void act()}
        >
          {isResetting ? "Resetting…" : isCounted ? `Reset ${countOf(count, "commit")}` : "Reset"}
        </button>
      </footer>
    </Dialog>
  );
}

const startOf = (day: string) => `${day}T00:00:00Z`;

/** How many commits a reset from that day would delete; null while that is not known. */
function useCount(repository: string, day: string): number | null {
  const [ask] = useAct(ResetDocument);
  const [count, setCount] = useState<number | null>(null);
  useEffect(() => {
    let isOver = false;
    setCount(null);
    if (day === "") return;
    void ask({ repository, from: startOf(day), dryRun: true }).then((answer) => {
      if (!isOver && answer !== null) setCount(answer.resetCommitsFrom.deletedCount);
    });
    return () => {
      isOver = true;
    };
  }, [ask, repository, day]);
  return count;
}
