import { Provider } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { openTrackerClient, type TrackerClient } from "./client/client.js";
import { apiKey, signInReason } from "./client/session.js";
import { useStore } from "./client/store.js";
import { useAsk } from "./client/use-ask.js";
import { ViewerContext } from "./client/viewer.js";
import { ViewerDocument } from "./operations.generated.js";
import { Failure } from "./parts/notice.js";
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
  const [client, setClient] = useState<TrackerClient | null>(null);
  useEffect(() => {
    const opened = openTrackerClient();
    setClient(opened);
    return opened.close;
  }, []);
  if (client === null) return null;
  return (
    <Provider value={client.urql}>
      <Tracker />
    </Provider>
  );
}

const VARIABLES = {};
const ASK_AGAIN_MS = 3_000;

function Tracker() {
  const { data, error, refresh } = useAsk(ViewerDocument, VARIABLES);
  const isFailing = data === undefined && error !== undefined;
  useEffect(() => {
    if (!isFailing) return;
    const timer = setInterval(refresh, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isFailing, refresh]);
  if (data === undefined) {
    return <Shell>{error && <Failure error={error} retry={refresh} />}</Shell>;
  }
  return (
    <ViewerContext.Provider value={data.viewer}>
      <Shell>
        <Routes />
      </Shell>
    </ViewerContext.Provider>
  );
}
