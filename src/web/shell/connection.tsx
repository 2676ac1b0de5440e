import { type ConnectionState, connectionState } from "../client/live-socket.js";
import { useStore } from "../client/store.js";

const WORDS: Readonly<Record<ConnectionState, string>> = {
  idle: "",
  connecting: "Connecting…",
  live: "Live",
  reconnecting: "Reconnecting…",
};

/** Whether what is shown is kept up to date. */
export function Connection() {
  const state = useStore(connectionState);
  return (
    <span class={`connection is-${state}`} role="status" data-state={state}>
      {WORDS[state]}
    </span>
  );
}
