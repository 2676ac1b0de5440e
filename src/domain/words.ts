import { fold } from "./fold.js";

/** Letters and digits, with the marks that belong to them. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
/** Of scripts that are written without spaces between words. */
const UNSPACED =
  "[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}]";
const HAS_UNSPACED = new RegExp(UNSPACED, "u");
/** Of what holds such: a run of it, or what stands before and behind. */
const PART = new RegExp(
  `(?:(?=${UNSPACED})[\\p{L}\\p{N}]\\p{M}*)+|(?:(?!${UNSPACED})[\\p{L}\\p{N}]\\p{M}*)+`,
  "gu",
);
const CHARACTER = /.\p{M}*/gsu;
const ENDS_WITHIN_WORD = /[\p{L}\p{N}\p{M}]$/u;

/** Of what is longer, only the beginning is found: a list of changes pasted into a merge, say. */
const LENGTH_MAX = 20_000;
const WORDS_MAX = 500;
const WORD_LENGTH_MAX = 100;

/**
 * The different words of a text, in lower case: what a search by words goes by. Of a run of a script
 * without spaces, its characters and all pairs of neighbours: where words end there, only a dictionary
 * knows, and two versions of one would disagree about what is stored and what is asked for.
 */
export function wordsOf(text: string): string[] {
  return wordsIn(text, (run) => [...pairsOf(run), ...run]);
}

/** What `wordsOf` gives of each text with these words in it, and no more than it takes to find them. */
export function soughtWordsOf(text: string): string[] {
  return wordsIn(text, (run) => (run.length === 1 ? run : pairsOf(run)));
}

type WordsOfRun = (characters: readonly string[]) => readonly string[];

function wordsIn(text: string, wordsOfRun: WordsOfRun): string[] {
  const folded = fold(beginningOf(text), "NFKC");
  const found: readonly string[] = folded.match(WORD) ?? [];
  const words = HAS_UNSPACED.test(folded)
    ? found.flatMap((word) => partsOf(word, wordsOfRun))
    : found;
  return [...new Set(words)].slice(0, WORDS_MAX);
}

function partsOf(word: string, wordsOfRun: WordsOfRun): readonly string[] {
  const parts: readonly string[] = word.match(PART) ?? [];
  return parts.flatMap((part) =>
    HAS_UNSPACED.test(part) ? wordsOfRun(part.match(CHARACTER) ?? []) : [part],
  );
}

function pairsOf(characters: readonly string[]): string[] {
  return characters.slice(1).map((each, index) => `${characters[index]}${each}`);
}

/** Not with a part of a word at its end, which nobody has written. */
function beginningOf(text: string): string {
  if (text.length <= LENGTH_MAX) return text;
  let end = LENGTH_MAX;
  while (end > LENGTH_MAX - WORD_LENGTH_MAX && ENDS_WITHIN_WORD.test(text.slice(end - 1, end))) {
    end -= 1;
  }
  return text.slice(0, end);
}
