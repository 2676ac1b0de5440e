/** What git takes for white space. */
const SPACE = /[ \t\r\n]/;
const BLANK = /^[ \t\r]*$/;
const COMMENT = "#";
/** Cut off with all that follows: git puts it above a diff that is shown while a message is written. */
const SCISSORS = `${COMMENT} ------------------------ >8 ------------------------`;
/** One of these makes trailers of a block in which every fourth line is one. */
const OF_GIT = ["Signed-off-by: ", "(cherry picked from commit "];
/** A token, and blanks, up to the colon. */
const KEY = /^([A-Za-z0-9-]+)[ \t]*:/;

/**
 * The values of a message's trailers with that key, in any letter case, as
 * `git log --format=%(trailers:key=…,valueonly,unfold)` shows them.
 */
export function trailersOf(message: string, key: string): string[] {
  const values: string[] = [];
  let open: string[] | null = null;
  const close = () => {
    if (open !== null) values.push(unfolded(open));
    open = null;
  };
  let canContinue = false;
  for (const line of trailerBlock(message)) {
    if (canContinue && SPACE.test(line.charAt(0))) {
      (open as string[] | null)?.push(line);
      continue;
    }
    close();
    const [whole, token] = KEY.exec(line) ?? [];
    canContinue = whole !== undefined;
    if (whole !== undefined && token?.toLowerCase() === key.toLowerCase()) {
      open = [line.slice(whole.length)];
    }
  }
  close();
  return values;
}

function unfolded(lines: readonly string[]): string {
  return trim(lines.map((line, place) => (place === 0 ? line : trimStart(line))).join(" "));
}

/** The lines of the last paragraph, if it is one of trailers and not the subject. */
function trailerBlock(message: string): readonly string[] {
  const lines = withoutEnd(withoutBlanksBefore(message.split("\n")));
  const titleEnd = endOfTitle(lines);
  let [trailers, others, maybeContinued] = [0, 0, 0];
  let [isOfGit, isEmpty] = [false, true];
  for (let place = lines.length - 1; place >= titleEnd; place -= 1) {
    const line = lines[place] ?? "";
    if (line.startsWith(COMMENT)) {
      others += maybeContinued;
      maybeContinued = 0;
    } else if (BLANK.test(line)) {
      if (isEmpty) continue;
      others += maybeContinued;
      const isBlock = isOfGit ? trailers * 3 >= others : trailers > 0 && others === 0;
      return isBlock ? lines.slice(place + 1) : [];
    } else {
      isEmpty = false;
      const hasPrefix = OF_GIT.some((prefix) => line.startsWith(prefix));
      isOfGit ||= hasPrefix;
      if (hasPrefix || KEY.test(line)) {
        trailers += 1;
        maybeContinued = 0;
      } else if (SPACE.test(line.charAt(0))) {
        maybeContinued += 1;
      } else {
        others += 1 + maybeContinued;
        maybeContinued = 0;
      }
    }
  }
  return [];
}

function withoutBlanksBefore(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => !BLANK.test(line));
  return first < 0 ? [] : lines.slice(first);
}

/** Where the blank line after the first paragraph is. */
function endOfTitle(lines: readonly string[]): number {
  const end = lines.findIndex((line) => !line.startsWith(COMMENT) && BLANK.test(line));
  return end < 0 ? lines.length : end;
}

/**
 * Without comments, blank lines and git's old list of conflicts at the end. That they begin in the first
 * line counts as that they do not, as in git.
 */
function withoutEnd(lines: readonly string[]): readonly string[] {
  const scissors = lines.indexOf(SCISSORS);
  const kept = scissors < 0 || scissors === lines.length - 1 ? lines : lines.slice(0, scissors);
  let end = 0;
  let isConflicts = false;
  for (const [place, line] of kept.entries()) {
    const isConflictsBegun = line === "Conflicts:" && place < lines.length - 1;
    if (line.startsWith(COMMENT) || line === "" || isConflictsBegun) {
      isConflicts ||= isConflictsBegun;
      if (end === 0) end = place;
    } else if (!(isConflicts && line.startsWith("\t")) && end > 0) {
      end = 0;
      isConflicts = false;
    }
  }
  return end === 0 ? kept : kept.slice(0, end);
}

function trimStart(text: string): string {
  return text.replace(/^[ \t\r\n]+/, "");
}

/** Without git's white space, and no other. */
function trim(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.test(text.charAt(end - 1))) end -= 1;
  return trimStart(text.slice(0, end));
}
