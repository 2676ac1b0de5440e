import type { Output } from "./output.js";
import { cut } from "./terminal-text.js";

/** Lines at the bottom of a terminal that are drawn again in place. */
export interface LiveLines {
  show(lines: readonly string[]): void;
  /** Takes them away, before something else is written. */
  clear(): void;
}

export function createLiveLines({ terminal }: Pick<Output, "terminal">): LiveLines {
  let drawnCount = 0;
  const erasing = () => (drawnCount === 0 ? "" : `\u001b[${drawnCount}A\u001b[J`);
  const draw = (lines: readonly string[]) => {
    terminal.draw(`${erasing()}${lines.map((line) => `${line}\n`).join("")}`);
    drawnCount = lines.length;
  };
  return {
    show(lines) {
      const shownCount = Math.max(1, terminal.rows - 2);
      const left = lines.length - shownCount;
      const shown = lines.slice(0, shownCount).map((line) => cut(line, terminal.columns - 1));
      draw(left > 0 ? [...shown, `… and ${left} more`] : shown);
    },
    clear: () => draw([]),
  };
}
