import {
  type AnyVariables,
  type CombinedError,
  type TypedDocumentNode,
  useClient,
} from "@urql/preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { useOnReconnection } from "./use-ask.js";

export interface Connection<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

interface PageState<Node> {
  readonly connection: Connection<Node> | undefined;
  readonly error: CombinedError | undefined;
}

export interface Pages<Node, Whole extends Connection<Node>> {
  readonly nodes: readonly Node[];
  /** The first page's, with its counts; undefined before it has come. */
  readonly first: Whole | undefined;
  readonly error: CombinedError | undefined;
  readonly isAsking: boolean;
  readonly hasMore: boolean;
  /** Asks for the page after the last, where there is one and it is not asked for already. */
  readonly more: () => void;
  readonly refresh: () => void;
}

/**
 * A list by keyset pages, as far as it was scrolled to. Each page stays an open query: what changes
 * in the cache changes here.
 */
export function usePages<
  Data,
  Variables extends AnyVariables,
  Node extends { id: string },
  Whole extends Connection<Node>,
>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  select: (data: Data) => Whole & Connection<Node>,
): Pages<Node, Whole> {
  const client = useClient();
  const key = JSON.stringify(variables);
  const [pages, setPages] = useState<readonly PageState<Node>[]>([]);
  const [round, setRound] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `select` is a function of the query
  const list = useMemo(() => {
    const cursors: (string | null)[] = [];
    const stops: (() => void)[] = [];
    let isOver = false;
    const open = (after: string | null) => {
      const index = cursors.push(after) - 1;
      const source = client.query(query, { ...JSON.parse(key), after } as Variables, {
        requestPolicy: round === 0 ? "cache-and-network" : "network-only",
      });
      const { unsubscribe } = source.subscribe(({ data, error }) => {
        if (isOver) return;
        const connection = data === undefined || data === null ? undefined : select(data);
        setPages((all) => {
          const next = all.slice();
          next[index] = { connection: connection ?? all[index]?.connection, error };
          return next;
        });
      });
      stops.push(unsubscribe);
    };
    return {
      open,
      isOpen: (after: string | null) => cursors.includes(after),
      close() {
        isOver = true;
        for (const stop of stops) stop();
      },
    };
  }, [client, query, key, round]);

  useEffect(() => {
    setPages((all) => (round === 0 ? [] : all.slice(0, 1)));
    list.open(null);
    return list.close;
  }, [list, round]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins anew
  useEffect(() => setRound(0), [key, query]);

  const last = pages.at(-1)?.connection;
  const hasMore = last?.pageInfo.hasNextPage ?? false;
  const more = useCallback(() => {
    const after = last?.pageInfo.hasNextPage ? last.pageInfo.endCursor : null;
    if (after !== null && !list.isOpen(after)) list.open(after);
  }, [last, list]);
  const refresh = useCallback(() => setRound((count) => count + 1), []);
  useOnReconnection(refresh);

  const nodes = useMemo(() => distinct(pages), [pages]);
  const isAsking = pages.length === 0 || pages.some((page) => page === undefined);
  return {
    nodes,
    first: pages[0]?.connection as Whole | undefined,
    error: pages.find((page) => page?.error !== undefined)?.error,
    ...{ isAsking, hasMore, more, refresh },
  };
}

/** What has moved between two pages while they were asked for is shown once. */
function distinct<Node extends { id: string }>(pages: readonly PageState<Node>[]): Node[] {
  const byId = new Map<string, Node>();
  for (const page of pages) {
    for (const node of page?.connection?.nodes ?? [])
      if (!byId.has(node.id)) byId.set(node.id, node);
  }
  return [...byId.values()];
}
