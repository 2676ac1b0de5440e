import { Provider } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { openTrackerClient } from "./client/client.js";
import { apiKey, signInReason } from "./client/session.js";
import { useStore } from "./client/store.js";
import { useAsk } from "./client/use-ask.js";
import { STRANGER, ViewerContext } from "./client/viewer.js";
import { ViewerDocument } from "./operations.generated.js";
import { SignIn } from "./parts/sign-in.js";
import { Routes } from "./routes.js";
import { Shell } from "./shell/shell.js";

/** Everything, for one key: another one begins with nothing of what the former saw. */
export function App() {
  const key = useStore(apiKey);
  const reason = useStore(signInReason);
  if (reason !== null) return <SignIn reason={reason} />;
  return <Signed key={key ?? ""} />;
}

function Signed() {
  const [client] = useState(() => openTrackerClient(apiKey.get()));
  useEffect(() => () => void client.close(), [client]);
  return (
    <Provider value={client.urql}>
      <Tracker />
    </Provider>
  );
}

const VARIABLES = {};
function Tracker() {
  const { data } = useAsk(ViewerDocument, VARIABLES);
  return (
    <ViewerContext.Provider value={data?.viewer ?? STRANGER}>
      <Shell>
        <Routes />
      </Shell>
    </ViewerContext.Provider>
  );
}
