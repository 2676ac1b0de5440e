import type { SubmitEventHandler } from "preact";
import { useState } from "preact/hooks";
import { repositoryPath } from "../client/router.js";
import { useAct } from "../client/use-act.js";
import { AddRepositoriesDocument, type AddRepositoriesMutation } from "../operations.generated.js";
import { Link } from "../parts/link.js";
import { countOf } from "../text/numbers.js";
import { TrackFrom, trackFromOf } from "./track-from.js";

type Result = AddRepositoriesMutation["addRepositories"]["results"][number];

const AT_ONCE_MAX = 100;

const addressesIn = (text: string) => [
  ...new Set(text.split(/[\s,;]+/).filter((one) => one !== "")),
];

/** Many addresses as they are pasted, and what became of each. */
export function AddAddresses({ onAdded }: { readonly onAdded: () => void }) {
  const [text, setText] = useState("");
  const [day, setDay] = useState("");
  const [results, setResults] = useState<readonly Result[]>([]);
  const [add, isAdding] = useAct(AddRepositoriesDocument);
  const addresses = addressesIn(text);
  const act = async () => {
    const all: Result[] = [];
    for (let from = 0; from < addresses.length; from += AT_ONCE_MAX) {
      const urls = addresses.slice(from, from + AT_ONCE_MAX);
      const done = await add({ urls, trackFrom: trackFromOf(day) });
      if (done === null) break;
      all.push(...done.addRepositories.results);
      setResults([...all]);
    }
    const failed = new Set(all.filter(({ error }) => error !== null).map(({ url }) => url));
    const tried = all.length;
    setText(addresses.filter((one, index) => index >= tried || failed.has(one)).join("\n"));
    if (all.length > 0) onAdded();
  };
  const submit: SubmitEventHandler<HTMLFormElement> = (event) => {
    event.preventDefault();
    void act();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <label class="labelled">
        <span>Addresses, as many as you like</span>
        <textarea
          class="field"
          rows={5}
          value={text}
          placeholder={"https://github.com/acme/app\nacme/site\ngit@github.com:acme/tools.git"}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <TrackFrom day={day} onChange={setDay} />
      {results.length > 0 && <Results results={results} />}
      <footer class="dialog-foot">
        <button
          type="submit"
          class="button is-primary"
          disabled={isAdding || addresses.length === 0}
        >
          {isAdding
            ? "Adding…"
            : addresses.length === 0
              ? "Add"
              : `Add ${countOf(addresses.length, "repository", { plural: "repositories" })}`}
        </button>
      </footer>
    </form>
  );
}

function Results({ results }: { readonly results: readonly Result[] }) {
  return (
    <div role="status" aria-label="What became of each">
      <ul class="results">
        {results.map(({ url, created, error, repository }) => (
          <li key={url} class={error === null ? "" : "is-bad"}>
            <span class="result-name">
              {repository === null ? (
                url
              ) : (
                <Link to={repositoryPath(repository.nameWithOwner)}>
                  {repository.nameWithOwner}
                </Link>
              )}
            </span>
            <span class="result-text">
              {error?.message ?? (created ? "added" : "tracked already")}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
