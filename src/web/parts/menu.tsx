import { useId, useRef } from "preact/hooks";

export interface MenuItem {
  readonly label: string;
  readonly act: () => void;
  readonly isDisabled?: boolean;
  readonly isDanger?: boolean;
}

interface MenuProps {
  readonly label: string;
  readonly items: readonly MenuItem[];
}

const GAP_PX = 4;

/** A button that opens a list of things to do, above everything else. */
export function Menu({ label, items }: MenuProps) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const place = () => {
    const at = opener.current?.getBoundingClientRect();
    const element = list.current;
    if (at === undefined || element === null) return;
    const { offsetHeight, offsetWidth } = element;
    const isBelow = at.bottom + GAP_PX + offsetHeight < innerHeight;
    element.style.top = `${isBelow ? at.bottom + GAP_PX : at.top - GAP_PX - offsetHeight}px`;
    element.style.left = `${Math.max(GAP_PX, at.right - offsetWidth)}px`;
  };
  return (
    <>
      <button
        ref={opener}
        type="button"
        class="button is-quiet is-icon"
        aria-label={label}
        popoverTarget={id}
      >
        <span aria-hidden="true">⋯</span>
      </button>
      <div ref={list} id={id} class="menu card" popover="auto" onToggle={place}>
        {items.map((item) => (
          <button
            key={item.label}
            type="button"
            class={item.isDanger ? "is-danger" : ""}
            disabled={item.isDisabled ?? false}
            onClick={() => {
              list.current?.hidePopover();
              item.act();
            }}
          >
            {item.label}
          </button>
        ))}
      </div>
    </>
  );
}
