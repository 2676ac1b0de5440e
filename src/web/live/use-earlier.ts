import { useClient } from "@urql/preact";
import { useEffect, useMemo } from "preact/hooks";
import { createPageList } from "../client/page-list.js";
import { createStore, useStore } from "../client/store.js";
import { useOnReconnection } from "../client/use-ask.js";
import type { Pages } from "../client/use-pages.js";
import {
  type CommitLineFragment,
  EarlierCommitsDocument,
  type EarlierCommitsQuery,
} from "../operations.generated.js";
import { newestFirst, shortest } from "./newest-first.js";

const PAGE = 100;

export type Earlier = Omit<Pages<CommitLineFragment, never>, "first">;

/** What was committed to these repositories, or to all, newest first, as far as it was scrolled to. */
export function useEarlier(chosen: readonly string[]): Earlier {
  const client = useClient();
  const names = JSON.stringify(chosen);
  const earlier = useMemo(() => {
    const named = JSON.parse(names) as readonly string[];
    const lists = (named.length === 0 ? [null] : named).map((repository) =>
      createPageList({
        ...{ client, query: EarlierCommitsDocument, select: connectionOf },
        variables: { first: PAGE, repository },
      }),
    );
    const reached = () =>
      lists.map((list) => {
        const { nodes, hasMore, isAsking, error } = list.view.get();
        return { list, nodes, error, isAsking, hasMore: hasMore || isAsking };
      });
    const look = () => {
      const all = reached();
      return {
        nodes: newestFirst(all),
        error: all.find(({ error }) => error !== undefined)?.error,
        isAsking: all.some(({ isAsking }) => isAsking),
        hasMore: all.some(({ hasMore }) => hasMore),
      };
    };
    const view = createStore(look());
    return {
      view,
      begin() {
        for (const list of lists) list.view.listen(() => view.set(look()));
        for (const list of lists) list.begin();
      },
      more() {
        for (const { list } of shortest(reached())) list.more();
      },
      refresh() {
        for (const list of lists) list.refresh();
      },
      close() {
        for (const list of lists) list.close();
      },
    };
  }, [client, names]);
  useEffect(() => {
    earlier.begin();
    return earlier.close;
  }, [earlier]);
  useOnReconnection(earlier.refresh);
  const { more, refresh } = earlier;
  return { ...useStore(earlier.view), more, refresh };
}

const connectionOf = (data: EarlierCommitsQuery) => data.commits;
