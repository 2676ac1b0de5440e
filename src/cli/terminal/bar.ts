const WIDTH = { max: 24, min: 8 };

/** How much of a whole is done, in what a terminal of so many columns has room for. */
export function bar(share: number, columns: number): string {
  const width = Math.max(WIDTH.min, Math.min(WIDTH.max, Math.floor(columns / 4)));
  const full = Math.round(share * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)}`;
}
