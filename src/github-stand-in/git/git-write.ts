import { runGit } from "../../git/git-process.js";

export interface SignatureSpec {
  readonly name: string;
  readonly email: string;
  /** ISO 8601; its offset is kept. Default: now, UTC. */
  readonly date?: string;
}

export interface CommitSpec {
  readonly message: string;
  /** Default: The Octocat. */
  readonly author?: SignatureSpec;
  /** Default: the author. */
  readonly committer?: SignatureSpec;
  /**
   * Oids, or `:<n>` for the n-th commit of the same list, 0 first. Default: the commit before it in
   * the list, for the first one the branch's head. `[]` makes a root.
   */
  readonly parents?: readonly string[];
}

const OCTOCAT: SignatureSpec = { name: "The Octocat", email: "octocat@users.noreply.github.com" };
/** fast-import writes nothing for a branch that is reset last, so this ref never exists. */
const SCRATCH_REF = "refs/stand-in/import";

/** Writes commits without touching any branch; their oids in the order of the list. */
export async function writeCommits(
  gitDir: string,
  commits: readonly CommitSpec[],
  head: string | null,
  nowMs: number,
): Promise<string[]> {
  const stream: string[] = [];
  commits.forEach((commit, index) => {
    stream.push(`reset ${SCRATCH_REF}\n\n`, importCommand(commit, index, head, nowMs));
  });
  stream.push(`reset ${SCRATCH_REF}\n\n`);
  for (const index of commits.keys()) stream.push(`get-mark ${mark(index)}\n`);
  stream.push("done\n");
  const args = ["fast-import", "--quiet", "--force", "--done", "--date-format=raw"];
  const oids = await runGit(gitDir, args, stream.join(""));
  return oids.toString().split("\n").slice(0, commits.length);
}

function importCommand(
  commit: CommitSpec,
  index: number,
  head: string | null,
  nowMs: number,
): string {
  const author = commit.author ?? OCTOCAT;
  const parents = commit.parents ?? (index > 0 ? [`:${index - 1}`] : head === null ? [] : [head]);
  const lines = parents.map((parent, place) => {
    const name = /^:\d+$/.test(parent) ? mark(Number(parent.slice(1))) : parent;
    return `${place === 0 ? "from" : "merge"} ${name}\n`;
  });
  return [
    `commit ${SCRATCH_REF}\nmark ${mark(index)}\n`,
    `author ${signature(author, nowMs)}\n`,
    `committer ${signature(commit.committer ?? author, nowMs)}\n`,
    `data ${Buffer.byteLength(commit.message)}\n${commit.message}\n`,
    ...lines,
    "\n",
  ].join("");
}

/** fast-import's marks begin at 1. */
function mark(index: number): string {
  return `:${index + 1}`;
}

function signature({ name, email, date }: SignatureSpec, nowMs: number): string {
  const at = date === undefined ? nowMs : Date.parse(date);
  if (Number.isNaN(at)) throw new RangeError(`not an ISO 8601 date: ${date}`);
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)$/.exec(date ?? "") ?? [];
  const zone = sign === undefined ? "+0000" : `${sign}${hours}${minutes}`;
  const clean = (text: string) => text.replace(/[<>\n\0]/g, "");
  return `${clean(name)} <${clean(email)}> ${Math.floor(at / 1000)} ${zone}`;
}

/** Moves a branch, creating it if need be; null deletes it. */
export async function setBranch(gitDir: string, branch: string, oid: string | null): Promise<void> {
  const ref = `refs/heads/${branch}`;
  await runGit(gitDir, ["update-ref", ...(oid === null ? ["-d", ref] : [ref, oid])]);
}

export async function setDefaultBranch(gitDir: string, branch: string): Promise<void> {
  await runGit(gitDir, ["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
}

/** Takes away every object that no ref leads to. */
export async function pruneUnreachable(gitDir: string): Promise<void> {
  await runGit(gitDir, ["repack", "-a", "-d", "-q"]);
  await runGit(gitDir, ["prune", "--expire=now"]);
}
