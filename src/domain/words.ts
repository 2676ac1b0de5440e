/** Letters and digits of any script, with the marks that belong to them. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
/** Of what is longer, only the beginning is found: a list of changes pasted into a merge, say. */
const LENGTH_MAX = 20_000;
const WORDS_MAX = 500;

/** The different words of a text, in lower case: what a search by words goes by. */
export function wordsOf(text: string): string[] {
  const found = text.slice(0, LENGTH_MAX).toLowerCase().match(WORD) ?? [];
  return [...new Set(found)].slice(0, WORDS_MAX);
}
