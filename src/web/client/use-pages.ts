import { type CombinedError, type TypedDocumentNode, useClient } from "@urql/preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { type Connection, distinct, type PageState, withNews } from "./page-state.js";
import { useOnReconnection } from "./use-ask.js";

export interface Pages<Node, Whole extends Connection<Node>> {
  readonly nodes: readonly Node[];
  /** The first page's, with its counts; undefined before it has come. */
  readonly first: Whole | undefined;
  readonly error: CombinedError | undefined;
  readonly isAsking: boolean;
  readonly hasMore: boolean;
  /** Asks for the page after the last, where there is one and it is not asked for already. */
  readonly more: () => void;
  /** Asks for what is new at the list's beginning, and again for what has failed. What is shown stays. */
  readonly refresh: () => void;
}

/** Whoever scrolls on wants more than who only looks. */
const LATER_PAGE = 100; // the most that is answered

/**
 * A list by keyset pages, as far as it was scrolled to. Each page stays an open query: what changes
 * in the cache changes here.
 */
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
  const [pages, setPages] = useState<readonly PageState<Node, CombinedError>[]>([]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `select` is a function of the query
  const list = useMemo(() => {
    let cursors: (string | null)[] = [];
    let stops: (() => void)[] = [];
    const source = (after: string | null, requestPolicy: "cache-and-network" | "network-only") => {
      const later = after === null ? {} : { after, first: LATER_PAGE };
      return client.query(query, { ...JSON.parse(key), ...later } as Variables, { requestPolicy });
    };

    function open(after: string | null): void {
      const index = cursors.push(after) - 1;
      const { unsubscribe } = source(after, "cache-and-network").subscribe(({ data, error }) => {
        const connection = data === undefined || data === null ? undefined : select(data);
        setPages((all) => take(all, index, { connection, error }));
      });
      stops.push(unsubscribe);
    }

    function take(
      all: readonly PageState<Node, CombinedError>[],
      index: number,
      { connection, error }: PageState<Node, CombinedError>,
    ): readonly PageState<Node, CombinedError>[] {
      const next = all.slice();
      const before = all[index]?.connection;
      if (index > 0 || all.length < 2 || before === undefined || connection === undefined) {
        next[index] = { connection: connection ?? before, error };
        return next;
      }
      const joined = withNews(connection, before);
      if (joined !== null) {
        next[index] = { connection: joined, error };
        return next;
      }
      for (const stop of stops.slice(1)) stop(); // more is new than a page: it begins anew
      cursors = cursors.slice(0, 1);
      stops = stops.slice(0, 1);
      return [{ connection, error }];
    }

    return {
      open,
      isOpen: (after: string | null) => cursors.includes(after),
      askAgain(failed: readonly boolean[]) {
        for (const [index, after] of cursors.entries()) {
          // Who has the page open is told the answer.
          if (index === 0 || failed[index]) void source(after, "network-only").toPromise();
        }
      },
      close() {
        for (const stop of stops) stop();
      },
    };
  }, [client, query, key]);

  useEffect(() => {
    setPages([]);
    list.open(null);
    return list.close;
  }, [list]);

  const last = pages.at(-1)?.connection;
  const hasMore = last?.pageInfo.hasNextPage ?? false;
  const more = useCallback(() => {
    const after = last?.pageInfo.hasNextPage ? last.pageInfo.endCursor : null;
    if (after !== null && !list.isOpen(after)) list.open(after);
  }, [last, list]);
  const failed = JSON.stringify(pages.map((page) => page?.error !== undefined));
  const refresh = useCallback(() => list.askAgain(JSON.parse(failed)), [list, failed]);
  useOnReconnection(refresh);

  const nodes = useMemo(() => distinct(pages), [pages]);
  return {
    nodes,
    first: pages[0]?.connection as Whole | undefined,
    error: pages.find((page) => page?.error !== undefined)?.error,
    isAsking: pages.length === 0,
    ...{ hasMore, more, refresh },
  };
}
