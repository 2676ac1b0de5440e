import { useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.js";
import { AddAddresses } from "./add-addresses.js";
import { AddOwner } from "./add-owner.js";

interface AddDialogProps {
  readonly onClose: () => void;
  readonly onAdded: () => void;
}

const WAYS = [
  { name: "addresses", label: "By address" },
  { name: "owner", label: "All of an owner" },
] as const;

export function AddDialog({ onClose, onAdded }: AddDialogProps) {
  const [way, setWay] = useState<(typeof WAYS)[number]["name"]>("addresses");
  return (
    <Dialog title="Add repositories" onClose={onClose}>
      <fieldset class="segments" aria-label="What to add">
        {WAYS.map(({ name, label }) => (
          <button key={name} type="button" aria-pressed={way === name} onClick={() => setWay(name)}>
            {label}
          </button>
        ))}
      </fieldset>
      {way === "addresses" ? <AddAddresses onAdded={onAdded} /> : <AddOwner onAdded={onAdded} />}
    </Dialog>
  );
}
