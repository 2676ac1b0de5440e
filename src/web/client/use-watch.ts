import { useClient } from "@urql/preact";
import { useEffect, useRef } from "preact/hooks";
import { type RepositoryLineFragment, WatchDocument } from "../operations.generated.js";

const ASK_AGAIN_MS = 2_000;

/** Keeps what is shown of these repositories as it is now. `onChange` is told of each change. */
export function useWatch(
  repositories: readonly string[] | "all" | "none",
  onChange: (repository: RepositoryLineFragment) => void = () => {},
): void {
  const client = useClient();
  const told = useRef(onChange);
  told.current = onChange;
  const names = JSON.stringify(repositories);
  useEffect(() => {
    const named = JSON.parse(names) as typeof repositories;
    if (named === "none") return;
    let stop = () => {};
    let again: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      const variables = { repositories: named === "all" ? null : named };
      const source = client.subscription(WatchDocument, variables);
      const { unsubscribe } = source.subscribe(({ data, error }) => {
        if (data !== undefined) told.current(data.repositoryUpdated);
        if (error === undefined) return;
        stop();
        again = setTimeout(begin, ASK_AGAIN_MS);
      });
      stop = unsubscribe;
    };
    begin();
    return () => {
      clearTimeout(again);
      stop();
    };
  }, [client, names]);
}
