import {
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
} from "@tanstack/virtual-core";
import type { ComponentChildren, CSSProperties } from "preact";
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useReducer,
  useRef,
  useState,
} from "preact/hooks";

interface WindowRowsProps<Row> {
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly render: (row: Row, index: number) => ComponentChildren;
  /** Of a row that was not measured yet. */
  readonly heightPx: number;
  /** Of all there are, as far as that is known. */
  readonly totalCount?: number;
  /** Called while the last rows are about to come into view, again and again. */
  readonly onEnd?: () => void;
  readonly label?: string;
  readonly role?: "list" | "rowgroup";
}

const OVERSCAN_ROWS = 8;
const AHEAD_ROWS = 20;

/** Rows that scroll with the window, of which only those in view are in the document. */
export function WindowRows<Row>({
  rows,
  keyOf,
  render,
  heightPx,
  totalCount = rows.length,
  onEnd,
  label,
  role = "list",
}: WindowRowsProps<Row>) {
  const box = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [marginPx, setMarginPx] = useState(0);
  const [virtualizer] = useState(
    () => new Virtualizer<Window, HTMLElement>(optionsOf({ redraw: () => redraw(undefined) })),
  );
  // One function for the same rows: with another, all of them are laid out anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `keyOf` tells the same of a row each time
  const getItemKey = useCallback(
    (index: number) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
    [rows],
  );
  virtualizer.setOptions({
    ...virtualizer.options,
    ...{ count: rows.length, estimateSize: () => heightPx, getItemKey, scrollMargin: marginPx },
  });
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => {
    virtualizer._willUpdate();
    const top = box.current?.getBoundingClientRect().top ?? 0;
    setMarginPx(Math.round(top + scrollY)); // what is above may have grown
  });

  const items = virtualizer.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (lastIndex >= rows.length - AHEAD_ROWS) onEnd?.();
  });

  const style: CSSProperties = { height: `${virtualizer.getTotalSize()}px` };
  const itemRole = role === "list" ? "listitem" : "row";
  return (
    <div class="window-rows" ref={box} style={style} {...{ role, "aria-label": label }}>
      {items.map(({ index, key, start }) => {
        const row = rows[index];
        if (row === undefined) return null;
        const place =
          role === "list"
            ? { "aria-posinset": index + 1, "aria-setsize": totalCount }
            : { "aria-rowindex": index + 2 };
        return (
          <div
            {...place}
            key={key}
            class="window-row"
            role={itemRole}
            data-index={index}
            ref={virtualizer.measureElement}
            style={{ transform: `translateY(${start - marginPx}px)` }}
          >
            {render(row, index)}
          </div>
        );
      })}
    </div>
  );
}

function optionsOf({ redraw }: { redraw: () => void }) {
  return {
    count: 0,
    getScrollElement: () => window,
    estimateSize: () => 1,
    overscan: OVERSCAN_ROWS,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    initialOffset: () => scrollY,
    onChange: redraw,
  };
}
