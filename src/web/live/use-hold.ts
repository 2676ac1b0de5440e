import { useEffect, useRef, useState } from "preact/hooks";
import type { FeedView } from "./live-feed.js";

const TOP_PX = 80;

export interface Hold {
  /** What is shown: as it was when it was held, else as it is. */
  readonly shown: FeedView;
  /** Rows that have come since. */
  readonly newCount: number;
  readonly isPaused: boolean;
  readonly setPaused: (isPaused: boolean) => void;
  readonly setPointed: (isPointed: boolean) => void;
  /** Whether the keyboard is in it. */
  readonly setFocused: (isFocused: boolean) => void;
  /** Shows what has come, and goes on. */
  readonly release: () => void;
}

/** Keeps the list still while somebody reads it: pointed at, gone through by keyboard, scrolled down, or paused by its button. */
export function useHold(view: FeedView): Hold {
  const [isPaused, setPaused] = useState(false);
  const [isPointed, setPointed] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const isScrolled = useIsScrolled();
  const held = useRef<FeedView | null>(null);
  const isHeld = (isPaused || isPointed || isFocused || isScrolled) && view.rows.length > 0;
  if (!isHeld) held.current = null;
  else held.current ??= view;
  const shown = held.current ?? view;
  return {
    shown,
    newCount: view.cameCount - shown.cameCount,
    ...{ isPaused, setPaused, setPointed, setFocused },
    release() {
      held.current = null;
      setPaused(false);
      scrollTo({ top: 0 });
      held.current = isPointed ? view : null;
    },
  };
}

function useIsScrolled(): boolean {
  const [isScrolled, setScrolled] = useState(scrollY > TOP_PX);
  useEffect(() => {
    const look = () => setScrolled(scrollY > TOP_PX);
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, []);
  return isScrolled;
}
