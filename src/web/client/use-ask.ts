import {
  type AnyVariables,
  type CombinedError,
  type TypedDocumentNode,
  useQuery,
} from "@urql/preact";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { connectionCount } from "./live-socket.js";
import { useStore } from "./store.js";

export interface Answer<Data> {
  /** The latest there is, kept while it is asked for again. */
  readonly data: Data | undefined;
  readonly error: CombinedError | undefined;
  readonly isAsking: boolean;
  readonly refresh: () => void;
}

interface AskOptions {
  readonly pause?: boolean;
  /** Asks again so often while the page is looked at. */
  readonly everyMs?: number;
}

/** A query's answer, asked for again when the connection comes back. */
export function useAsk<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { pause = false, everyMs }: AskOptions = {},
): Answer<Data> {
  const [{ data, error, fetching }, execute] = useQuery<Data, Variables>({
    ...({ query, variables } as { query: typeof query; variables: Variables }),
    ...{ pause, requestPolicy: "cache-and-network" },
  } as Parameters<typeof useQuery<Data, Variables>>[0]);
  const refresh = useCallback(() => {
    if (!pause) execute({ requestPolicy: "network-only" });
  }, [execute, pause]);
  useEvery(everyMs, refresh);
  useOnReconnection(refresh);
  return { data, error, isAsking: fetching, refresh };
}

function useEvery(everyMs: number | undefined, act: () => void): void {
  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(() => {
      if (!document.hidden) act();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, act]);
}

export function useOnReconnection(act: () => void): void {
  const count = useStore(connectionCount);
  const seen = useRef(count);
  useEffect(() => {
    const isFirst = seen.current === 0;
    if (seen.current === count) return;
    seen.current = count;
    if (!isFirst) act();
  }, [count, act]);
}
