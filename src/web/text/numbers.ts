const COUNT = new Intl.NumberFormat("en");
const BYTES = new Intl.NumberFormat("en", {
  ...{ notation: "compact", style: "unit", unit: "byte", unitDisplay: "narrow" },
});
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const formatCount = (count: number): string => COUNT.format(count);
export const formatBytes = (bytes: number): string => BYTES.format(bytes);
export const formatCompact = (count: number): string => COMPACT.format(count);

/** `1 commit`, `2 commits`, `10,000+ commits` where counting stopped there. */
export function countOf(count: number, noun: string, { isExact = true, plural = `${noun}s` } = {}) {
  const more = isExact ? "" : "+";
  return `${formatCount(count)}${more} ${count === 1 && isExact ? noun : plural}`;
}
