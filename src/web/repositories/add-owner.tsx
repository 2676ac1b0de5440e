import type { SubmitEventHandler } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useAct } from "../client/use-act.js";
import { AddOwnerDocument, type AddOwnerMutation } from "../operations.generated.js";
import { say } from "../parts/toast.js";
import { countOf, formatCount } from "../text/numbers.js";
import { TrackFrom, trackFromOf } from "./track-from.js";

type Listing = AddOwnerMutation["addOwner"];

const REPOSITORIES = { plural: "repositories" };

/** An owner's repositories: first what it would be and cost, then all of them. */
export function AddOwner({ onAdded }: { readonly onAdded: () => void }) {
  const [login, setLogin] = useState("");
  const [day, setDay] = useState("");
  const [includeForks, setForks] = useState(false);
  const [includeArchived, setArchived] = useState(false);
  const [listing, setListing] = useState<Listing | null>(null);
  const [send, isSending] = useAct(AddOwnerDocument);
  const isShown = useRef(true);
  useEffect(
    () => () => {
      isShown.current = false;
    },
    [],
  );
  const change =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      setListing(null); // it was about something else
      set(value);
    };
  const act = async (dryRun: boolean) => {
    const trackFrom = trackFromOf(day);
    const variables = { login: login.trim(), dryRun, includeForks, includeArchived, trackFrom };
    let found: Listing | null;
    do {
      found = (await send(variables))?.addOwner ?? null;
      setListing(found);
    } while (found !== null && !found.isFinished && isShown.current);
    if (found === null || dryRun) return;
    say(`${countOf(found.addedCount, "repository", REPOSITORIES)} of ${found.login} added.`);
    setListing(null);
    setLogin("");
    onAdded();
  };
  const submit: SubmitEventHandler<HTMLFormElement> = (event) => {
    event.preventDefault();
    void act(listing === null);
  };
  return (
    <form class="stack" onSubmit={submit}>
      <label class="labelled">
        <span>User or organisation</span>
        <input
          class="field"
          value={login}
          placeholder="acme"
          required
          onInput={({ currentTarget }) => change(setLogin)(currentTarget.value)}
        />
      </label>
      <div class="checks">
        <Check label="Forks too" isChecked={includeForks} onChange={change(setForks)} />
        <Check label="Archived too" isChecked={includeArchived} onChange={change(setArchived)} />
      </div>
      <TrackFrom day={day} onChange={change(setDay)} />
      {listing !== null && <Estimate listing={listing} />}
      <footer class="dialog-foot">
        <button
          type="submit"
          class="button is-primary"
          disabled={isSending || login.trim() === "" || listing?.addedCount === 0}
        >
          {labelOf(listing, isSending)}
        </button>
      </footer>
    </form>
  );
}

function labelOf(listing: Listing | null, isSending: boolean): string {
  if (isSending) return "GitHub is asked…";
  if (listing === null) return "Look what that would be";
  if (listing.addedCount === 0) return "Nothing to add";
  return `Add ${countOf(listing.addedCount, "repository", REPOSITORIES)}`;
}

function Check({
  label,
  isChecked,
  onChange,
}: {
  readonly label: string;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
}) {
  return (
    <label>
      <input
        type="checkbox"
        checked={isChecked}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />{" "}
      {label}
    </label>
  );
}

function Estimate({ listing }: { readonly listing: Listing }) {
  const { login, addedCount, listedCount, estimatedPoints, hiddenCount, repositories } = listing;
  return (
    <div class="estimate" role="status">
      <p>
        {addedCount === 0 ? (
          `Nothing of ${login} would be added`
        ) : (
          <>
            <strong>{countOf(addedCount, "repository", REPOSITORIES)}</strong> of {login} would be
            added, for about <strong>{countOf(estimatedPoints, "point")}</strong> of GitHub's budget
          </>
        )}
        {listedCount > addedCount && ` (${formatCount(listedCount)} listed)`}.
        {hiddenCount > 0 && ` GitHub does not show ${formatCount(hiddenCount)} more to the token.`}
      </p>
      <ul class="results">
        {repositories.map((one) => (
          <li key={one.nameWithOwner}>
            <span class="result-name">{one.nameWithOwner}</span>
            <span class="result-text">
              {one.isTracked ? "tracked already" : countOf(one.estimatedPoints, "point")}
              {one.isFork && ", fork"}
              {one.isArchived && ", archived"}
              {one.isPrivate && ", private"}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
