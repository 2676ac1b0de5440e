import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";

/** Controls, and marks that reorder what stands beside them: a commit message may hold any of them. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const graphemes = new Intl.Segmenter();

/** One line that a terminal only shows, whoever wrote it. */
export function safeLine(text: string): string {
  return stripVTControlCharacters(text).replace(UNSAFE, " ").trimEnd();
}

/** Cut to so many columns, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  return `${fitting(graphemesOf(text), width - 1).join("")}…`;
}

/** The same, of what differs at its end: `…/name` of `owner/name`. */
export function cutStart(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const kept = fitting(graphemesOf(text).toReversed(), width - 1);
  return `…${kept.toReversed().join("")}`;
}

function graphemesOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** As many of the first as fit. */
function fitting(segments: readonly string[], width: number): string[] {
  let used = 0;
  const end = segments.findIndex((segment) => {
    used += stringWidth(segment);
    return used > width;
  });
  return segments.slice(0, end === -1 ? undefined : end);
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - stringWidth(text))) + text;
}

export { stringWidth };

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** In its largest unit. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
