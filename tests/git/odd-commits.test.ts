import fc from "fast-check";
import { pino } from "pino";
import { beforeAll, expect, test } from "vitest";
import type { Commit } from "../../src/domain/commit.js";
import type { GitHub } from "../../src/github/github.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import { STAND_IN_TOKEN } from "../../src/github-stand-in/stand-in.js";
import { revList } from "../stand-in/ask.js";
import { type OddCommit, oddCommit, writeOddHistory } from "../support/odd-history.js";
import { NEVER, readAll, setScene } from "./scene.js";

const RUNS = 12;
const scene = setScene();
let gitHub: GitHub;
let made = 0;

beforeAll(async () => {
  await scene.gitHub.configure({ secondaryLimits: null });
  gitHub = createOctokitGitHub({
    ...{ apiUrl: scene.gitHub.url, tokens: [STAND_IN_TOKEN], userAgent: "tracker-tests" },
    ...{ ledger: createInMemoryBudgetLedger(), requestTimeoutMs: 10_000 },
    logger: pino({ level: "silent" }),
  });
});

async function written(commits: readonly OddCommit[]) {
  made += 1;
  const repository = { owner: "odd", name: `r${made}` };
  const { gitDir, id: nodeId } = await scene.gitHub.addRepository(repository);
  const oid = await writeOddHistory(gitDir, commits);
  await scene.gitHub.forcePush(`odd/r${made}`, "main", oid);
  return { repository, gitDir, nodeId, oid };
}

/** Odd in one field, or in none. */
const nearlyOrdinary = fc
  .tuple(oddCommit, fc.constantFrom("author", "committer", "headers", "message", "parents", null))
  .map(([odd, field]): OddCommit => {
    const who = Buffer.from("Ada Lovelace <ada@example.org> 1700000000 +0100");
    const message = Buffer.from("Subject\n\nBody\n");
    const plain = { parents: [], author: who, committer: who, headers: "", message };
    return field === null ? plain : { ...plain, [field]: odd[field] };
  });

/** What GitHub's API tells of them, without what it knows of accounts. */
async function toldByTheApi(nodeId: string, oid: string) {
  const told = new Map<string, unknown>();
  const options = { signal: NEVER, purpose: "live" } as const;
  for (let after: string | null = null, more = true; more; ) {
    const page = await gitHub.history({ nodeId, oid, after, first: 100 }, options);
    for (const commit of page.commits) told.set(commit.oid, withoutAccounts(commit));
    ({ endCursor: after, hasNextPage: more } = page);
  }
  return told;
}

function withoutAccounts({ author, committer, ...rest }: Commit) {
  const ofGit = ({ name, email }: Commit["author"]) => ({ name, email });
  return { ...rest, author: ofGit(author), committer: ofGit(committer) };
}

test("whatever is in a history: each commit is what GitHub's API tells of it, or named as odd", async () => {
  let commitCount = 0;
  let oddCount = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(oddCommit, nearlyOrdinary), { minLength: 5, maxLength: 60 }),
      async (commits) => {
        const { repository, gitDir, nodeId, oid } = await written(commits);
        const histories = await scene.open();
        const history = await histories.open({ ...repository, oid }, { signal: NEVER });
        const read = await readAll(history, { commits: 7, bytes: 10_000 });
        expect(read.oids).toEqual(revList(gitDir, oid));
        const told = await toldByTheApi(nodeId, oid);
        for (const commit of read.commits) expect(commit).toEqual(told.get(commit.oid));
        commitCount += read.commits.length;
        oddCount += read.odd.length;
      },
    ),
    { numRuns: RUNS },
  );
  expect(commitCount).toBeGreaterThan(0);
  expect(oddCount).toBeGreaterThan(0);
});

test("an ordinary commit is never odd", async () => {
  const commits = Array.from({ length: 30 }, (_, index): OddCommit => {
    const who = Buffer.from(
      `Zoë ${index} <zoe${index}@example.org> ${1_700_000_000 + index} +0530`,
    );
    const message = Buffer.from(`Subject ${index}\n\n\tBody with "quotes", <b> and Ünïcode.\n\n`);
    return { parents: [], author: who, committer: who, headers: "", message };
  });
  const signed = {
    ...(commits[0] as OddCommit),
    headers: "gpgsig -----BEGIN PGP SIGNATURE-----\n \n parent x\n -----END PGP SIGNATURE-----\n",
  };
  const { repository, oid } = await written([...commits, signed]);
  const histories = await scene.open();
  const read = await readAll(await histories.open({ ...repository, oid }, { signal: NEVER }));
  expect(read.odd).toEqual([]);
  expect(read.commits[0]?.message).toBe('Subject 0\n\n\tBody with "quotes", <b> and Ünïcode.');
});
