import type { Oid } from "../domain/commit.js";
import type { GitPage } from "../git/git-histories.js";
import type { CommitsTold } from "../github/github.js";
import type { Listed, People } from "./people.js";

/** A page of a history as the API would tell it. */
export interface NamedPage extends CommitsTold {
  /** How many git has listed for it, what is stored already included. */
  readonly listedCount: number;
}

/** Pages that are known while one is named: GitHub is asked who is in them while those before are stored. */
const PAGES_AHEAD = 7;

/**
 * Git's pages, whose people are known, without what is stored already: `findStored` says what is. A page
 * of which all is has nothing in it.
 */
export async function* namePages(
  pages: AsyncIterable<GitPage>,
  people: People,
  findStored: (oids: readonly Oid[]) => Promise<ReadonlySet<Oid>>,
): AsyncGenerator<NamedPage, void, undefined> {
  const coming = listPages(pages, people, findStored);
  const window: { listed: readonly Listed[]; listedCount: number }[] = [];
  for (let isOver = false; ; ) {
    while (!isOver && window.length <= PAGES_AHEAD) {
      const { done, value } = await coming.next();
      if (done === true) isOver = true;
      else window.push(value);
      people.foresee(done === true ? [] : value.listed, { isLast: isOver });
    }
    const page = window.shift();
    if (page === undefined) return;
    yield { ...(await people.name(page.listed)), listedCount: page.listedCount };
  }
}

async function* listPages(
  pages: AsyncIterable<GitPage>,
  people: People,
  findStored: (oids: readonly Oid[]) => Promise<ReadonlySet<Oid>>,
) {
  for await (const page of pages) {
    const all = inOrder(page);
    const stored = await findStored(all.map(({ oid }) => oid));
    const listed = all.filter(({ oid }) => !stored.has(oid));
    await people.look(listed);
    yield { listed, listedCount: all.length };
  }
}

/** As git lists them: what is odd stands between the others. */
function inOrder({ commits, odd }: GitPage): Listed[] {
  const listed: Listed[] = [];
  let from = 0;
  for (const one of odd) {
    listed.push(...commits.slice(from, one.place), one);
    from = one.place;
  }
  return [...listed, ...commits.slice(from)];
}
