import { type TypedDocumentNode, useClient } from "@urql/preact";
import { useEffect, useMemo } from "preact/hooks";
import { createPageList, type PageList, type PageListView } from "./page-list.js";
import type { Connection } from "./page-state.js";
import { useStore } from "./store.js";
import { useOnReconnection } from "./use-ask.js";

export type Pages<Node, Whole> = PageListView<Node, Whole> &
  Pick<PageList<Node, Whole>, "more" | "refresh">;

/** A list by pages, for as long as it is shown; asked for again when the connection comes back. */
export function usePages<
  Data,
  Variables extends { first: number },
  Node extends { id: string },
  Whole extends Connection<Node>,
>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  select: (data: Data) => Whole & Connection<Node>,
): Pages<Node, Whole> {
  const client = useClient();
  const key = JSON.stringify(variables);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `select` is a function of the query
  const list = useMemo(
    () => createPageList({ client, query, variables: JSON.parse(key) as Variables, select }),
    [client, query, key],
  );
  useEffect(() => {
    list.begin();
    return list.close;
  }, [list]);
  useOnReconnection(list.refresh);
  const { more, refresh } = list;
  return { ...useStore(list.view), more, refresh };
}
