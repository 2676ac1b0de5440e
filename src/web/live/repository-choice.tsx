import type { SubmitEventHandler } from "preact";
import { useId, useState } from "preact/hooks";
import { choose } from "../client/router.js";
import { useAsk } from "../client/use-ask.js";
import { RepositoriesDocument } from "../operations.generated.js";

const OFFERED = 20;

/** Chooses whose commits are shown: all, or those that are named. */
export function RepositoryChoice({ chosen }: { readonly chosen: readonly string[] }) {
  const [text, setText] = useState("");
  const id = useId();
  const name = text.includes("/") ? text.slice(text.indexOf("/") + 1) : text;
  const { data } = useAsk(RepositoriesDocument, {
    first: OFFERED,
    filter: name === "" ? {} : { nameContains: name },
    orderBy: { field: "ACTIVITY", direction: "DESC" },
  });
  const offered = data?.repositories.nodes.map(({ nameWithOwner }) => nameWithOwner) ?? [];
  const add = (given: string) => {
    const found = offered.find((one) => one.toLowerCase() === given.trim().toLowerCase());
    if (found === undefined) return;
    setText("");
    choose({ repository: [...new Set([...chosen, found])] });
  };
  const submit: SubmitEventHandler<HTMLFormElement> = (event) => {
    event.preventDefault();
    add(text);
  };
  return (
    <form class="choice" onSubmit={submit}>
      {chosen.map((one) => (
        <button
          type="button"
          class="chip"
          key={one}
          aria-label={`Show no longer only ${one}`}
          onClick={() => choose({ repository: chosen.filter((other) => other !== one) })}
        >
          {one} <span aria-hidden="true">×</span>
        </button>
      ))}
      <input
        type="search"
        class="field"
        list={id}
        value={text}
        placeholder={chosen.length === 0 ? "All repositories" : "and another"}
        aria-label="Show only this repository"
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          if (offered.includes(currentTarget.value)) add(currentTarget.value);
        }}
      />
      <datalist id={id}>
        {offered
          .filter((one) => !chosen.includes(one))
          .map((one) => (
            <option key={one} value={one} />
          ))}
      </datalist>
    </form>
  );
}
