import type { Output } from "./output.js";
import { cut } from "./terminal-text.js";

/** Lines at the bottom of a terminal, no more and no longer than it can take back. */
export interface LiveLines {
  show(lines: readonly string[]): void;
  clear(): void;
}

export function createLiveLines({ terminal }: Pick<Output, "terminal">): LiveLines {
  return {
    show(lines) {
      const shownCount = Math.max(1, terminal.rows - 2);
      const left = lines.length - shownCount;
      const shown = lines.slice(0, shownCount).map((line) => cut(line, terminal.columns - 1));
      terminal.draw(left > 0 ? [...shown, `… and ${left} more`] : shown);
    },
    clear: () => terminal.draw([]),
  };
}
