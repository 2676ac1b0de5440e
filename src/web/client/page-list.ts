import type { Client, CombinedError, TypedDocumentNode } from "@urql/preact";
import { type Connection, distinct, type PageState, withNews } from "./page-state.js";
import { createStore, type Store } from "./store.js";

/** Whoever scrolls on wants more than who only looks. */
const LATER_PAGE = 100; // the most that is answered

export interface PageListView<Node, Whole> {
  readonly nodes: readonly Node[];
  /** The first page's, with its counts; undefined before it has come. */
  readonly first: Whole | undefined;
  readonly error: CombinedError | undefined;
  readonly isAsking: boolean;
  readonly hasMore: boolean;
}

export interface PageList<Node, Whole> {
  readonly view: Store<PageListView<Node, Whole>>;
  /** Asks for the first page, and is told of changes from then on. */
  begin(): void;
  /** Asks for the page after the last, where there is one and it is not asked for already. */
  more(): void;
  /** Asks for what is new at the list's beginning, and again for what has failed. What is shown stays. */
  refresh(): void;
  close(): void;
}

export interface PageListOptions<Data, Variables, Node, Whole extends Connection<Node>> {
  readonly client: Client;
  readonly query: TypedDocumentNode<Data, Variables>;
  readonly variables: Variables;
  readonly select: (data: Data) => Whole & Connection<Node>;
}

/**
 * A list by keyset pages, as far as it was scrolled to. Each page stays an open query: what changes
 * in the cache changes here.
 */
export function createPageList<
  Data,
  Variables extends { first: number },
  Node extends { id: string },
  Whole extends Connection<Node>,
>(options: PageListOptions<Data, Variables, Node, Whole>): PageList<Node, Whole> {
  const { client, query, variables, select } = options;
  let pages: readonly PageState<Node, CombinedError>[] = [];
  let opened: { readonly after: string | null; stop: () => void }[] = [];
  const view = createStore(viewOf<Node, Whole>(pages));

  function source(after: string | null, requestPolicy: "cache-and-network" | "network-only") {
    const later = after === null ? {} : { after, first: LATER_PAGE };
    return client.query(query, { ...variables, ...later } as Variables, { requestPolicy });
  }

  function open(after: string | null): void {
    const page = { after, stop: () => {} };
    const index = opened.push(page) - 1;
    const { unsubscribe } = source(after, "cache-and-network").subscribe(({ data, error }) => {
      const connection = data === undefined || data === null ? undefined : select(data);
      pages = taken(index, { connection, error });
      view.set(viewOf(pages));
    });
    page.stop = unsubscribe;
  }

  function taken(index: number, { connection, error }: PageState<Node, CombinedError>) {
    const next = pages.slice();
    const before = pages[index]?.connection;
    if (index > 0 || pages.length < 2 || before === undefined || connection === undefined) {
      next[index] = { connection: connection ?? before, error };
      return next;
    }
    const joined = withNews(connection, before);
    if (joined !== null) {
      next[index] = { connection: joined, error };
      return next;
    }
    for (const { stop } of opened.slice(1)) stop(); // more is new than a page: it begins anew
    opened = opened.slice(0, 1);
    return [{ connection, error }];
  }

  return {
    view,
    begin: () => open(null),
    more() {
      const last = pages.at(-1)?.connection?.pageInfo;
      const after = last?.hasNextPage ? last.endCursor : null;
      if (after !== null && !opened.some((page) => page.after === after)) open(after);
    },
    refresh() {
      for (const [index, { after }] of opened.entries()) {
        const isFailed = pages[index]?.error !== undefined;
        // Who has the page open is told the answer.
        if (index === 0 || isFailed) void source(after, "network-only").toPromise();
      }
    },
    close() {
      for (const { stop } of opened) stop();
    },
  };
}

function viewOf<Node extends { id: string }, Whole>(
  pages: readonly PageState<Node, CombinedError>[],
): PageListView<Node, Whole> {
  return {
    nodes: distinct(pages),
    first: pages[0]?.connection as Whole | undefined,
    error: pages.find((page) => page?.error !== undefined)?.error,
    isAsking: pages.length === 0,
    hasMore: pages.at(-1)?.connection?.pageInfo.hasNextPage ?? false,
  };
}
