import type { SubmitEventHandler } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { signIn } from "../client/session.js";

/** Asked for where the server takes nothing without a key, or no longer this one. */
export function SignIn({ reason }: { readonly reason: string }) {
  const [key, setKey] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const submit: SubmitEventHandler<HTMLFormElement> = (event) => {
    event.preventDefault();
    if (key.trim() !== "") signIn(key);
  };
  return (
    <main class="sign-in">
      <form class="card" onSubmit={submit}>
        <h1>GitHub change tracker</h1>
        <p role="alert">{reason}</p>
        <label>
          <span>API key</span>
          <input
            ref={field}
            class="field"
            type="password"
            autocomplete="off"
            spellcheck={false}
            placeholder="ghct_…"
            required
            value={key}
            onInput={({ currentTarget }) => setKey(currentTarget.value)}
          />
        </label>
        <button class="button is-primary" type="submit">
          Sign in
        </button>
        <p class="quiet">
          Whoever runs this tracker makes keys: <code>tracker keys create</code>. Yours stays in
          this tab, and is gone when you close it.
        </p>
      </form>
    </main>
  );
}
