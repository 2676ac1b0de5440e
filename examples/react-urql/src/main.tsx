import { StrictMode, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "urql";
import { CommitList } from "./commit-list";
import { createTrackerClient } from "./tracker-client";

const { VITE_TRACKER_URL: url = "http://127.0.0.1:4000" } = import.meta.env;
// A page's key is its user's, who signs in: what is built into a page everybody can read.
const key = sessionStorage.getItem("tracker-api-key") ?? undefined;

function App() {
  const [isConnected, setConnected] = useState(true);
  const client = useMemo(() => createTrackerClient({ url, key, onConnection: setConnected }), []);
  return (
    <Provider value={client}>
      <h1>Commits</h1>
      <p role="status">{isConnected ? "" : "Reconnecting…"}</p>
      <CommitList />
    </Provider>
  );
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
