import { once } from "node:events";
import { createBareRepository } from "../../../src/git/bare-repository.js";
import { startGit } from "../../../src/git/git-process.js";
import { seededRandom } from "../../../src/github-stand-in/seeded-random.js";

export interface HistoryShape {
  readonly commits: number;
  readonly people: number;
  /** Of a message, in the mean. */
  readonly messageLength: number;
  readonly seed: number;
}

const WORDS = "add fix remove the a of in when not test handle parse index read write page".split(
  " ",
);
const BRANCH = "refs/heads/main";
/** Who stays, and which share of all are there at a time: of most people a history has a few commits, near each other. */
const STAYING = 20;
const ACTIVE_SHARE = 0.03;

/**
 * A history of any length, with a merge for each twelve commits: branches of three that fork some way back.
 * New people come as it goes on, and most of them leave, as they do.
 */
export async function writeHistory(gitDir: string, shape: HistoryShape): Promise<void> {
  await createBareRepository(gitDir, "main");
  const git = startGit(gitDir, ["fast-import", "--quiet", "--done", "--date-format=raw"]);
  const ended = once(git, "close");
  git.stderr.pipe(process.stderr);
  for (const piece of piecesOf(shape)) {
    if (!git.stdin.write(piece)) await once(git.stdin, "drain");
  }
  git.stdin.end("done\n");
  const [code] = await ended;
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
}

function* piecesOf({ commits, people, messageLength, seed }: HistoryShape): Generator<string> {
  const random = seededRandom(seed);
  let tip = 0;
  for (let mark = 1; mark <= commits; ) {
    const isBranch = mark % 12 === 1 && mark > 24 && mark + 4 <= commits;
    if (!isBranch) {
      yield commitOf(mark, tip === 0 ? [] : [tip]);
      tip = mark;
      mark += 1;
      continue;
    }
    let top = tip - 12;
    for (let step = 0; step < 3; step += 1, mark += 1) {
      yield commitOf(mark, [top]);
      top = mark;
    }
    yield commitOf(mark, [tip, top]);
    tip = mark;
    mark += 1;
  }
  yield `reset ${BRANCH}\nfrom :${tip}\n\n`;

  function commitOf(mark: number, [from, ...merged]: readonly number[]): string {
    const newest = Math.floor((mark / commits) * (people - 1));
    const active = Math.ceil(ACTIVE_SHARE * people);
    const isStaying = random() < 0.3;
    const who = isStaying
      ? Math.floor(Math.min(STAYING, newest + 1) * random() ** 2)
      : Math.max(0, newest - Math.floor(active * random()));
    const at = 1_100_000_000 + mark * 300;
    const actor = `Person ${who} <person${who}@example.org> ${at} +0200`;
    const message = textOf(mark);
    return [
      `commit refs/heads/written\nmark :${mark}\nauthor ${actor}\ncommitter ${actor}\n`,
      `data ${Buffer.byteLength(message)}\n${message}\n`,
      from === undefined ? "" : `from :${from}\n`,
      ...merged.map((other) => `merge :${other}\n`),
      "\n",
    ].join("");
  }

  function textOf(mark: number): string {
    const length = Math.floor(messageLength * 2 * random());
    let text = `Change ${mark}: ${WORDS[mark % WORDS.length]}\n\n`;
    while (text.length < length)
      text += `${WORDS[Math.floor(random() * WORDS.length)]}${Math.floor(random() * 900)} `;
    return text.trimEnd();
  }
}
