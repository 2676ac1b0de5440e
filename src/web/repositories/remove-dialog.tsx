import { useAct } from "../client/use-act.js";
import { RemoveDocument } from "../operations.generated.js";
import { Dialog } from "../parts/dialog.js";
import { say } from "../parts/toast.js";
import { countOf } from "../text/numbers.js";
import type { ActedOn } from "./repository-actions.js";

interface RemoveDialogProps {
  readonly repository: ActedOn;
  readonly onClose: () => void;
  readonly onRemoved?: () => void;
}

/** Asks before a repository and all that is stored of it goes. */
export function RemoveDialog({ repository, onClose, onRemoved }: RemoveDialogProps) {
  const [remove, isRemoving] = useAct(RemoveDocument);
  const { id, nameWithOwner, commitCount } = repository;
  const act = async () => {
    const done = await remove({ repository: id });
    if (done === null) return;
    const { deletedCount } = done.removeRepository;
    say(`${nameWithOwner} is removed, with ${countOf(deletedCount, "commit")}.`);
    onClose();
    onRemoved?.();
  };
  return (
    <Dialog title={`Remove ${nameWithOwner}?`} onClose={onClose}>
      <p>
        Its {countOf(commitCount, "reachable commit")} and all else that is stored of it are
        deleted. On GitHub nothing changes. Added again, its history is fetched anew.
      </p>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          Keep it
        </button>
        <button
          type="button"
          class="button is-primary is-danger"
          disabled={isRemoving}
          onClick={() => void act()}
        >
          {isRemoving ? "Removing…" : "Remove"}
        </button>
      </footer>
    </Dialog>
  );
}
