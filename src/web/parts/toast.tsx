import { createStore, useStore } from "../client/store.js";

interface Said {
  readonly text: string;
  readonly isBad: boolean;
}

const SHOWN_MS = 6_000;
const said = createStore<Said | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Tells what became of what was asked for, for a moment. */
export function say(text: string, { isBad = false } = {}): void {
  clearTimeout(timer);
  said.set({ text, isBad });
  timer = setTimeout(() => said.set(null), SHOWN_MS);
}

export function Toast() {
  const shown = useStore(said);
  return (
    <div class="toast-place" role="status">
      {shown && <p class={`toast ${shown.isBad ? "is-bad" : ""}`}>{shown.text}</p>}
    </div>
  );
}
