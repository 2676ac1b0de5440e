import type { Commit, Oid } from "../domain/commit.js";
import { differingField } from "../domain/commit-difference.js";
import { isTrackerError } from "../domain/errors.js";
import type { Purpose } from "../domain/rate-account.js";
import { gitFailure } from "../git/git-failure.js";
import type { GitActor, GitCommit, OddInGit } from "../git/git-histories.js";
import type { CommitsTold, OddCommit } from "../github/github.js";
import type { Database } from "../postgres/database.js";
import { type Account, findAccounts, saveAccounts } from "../store/accounts/email-account-store.js";
import type { AskCommits, Told } from "./ask-commits.js";
import { patiently } from "./patiently.js";

/** What git lists, in its order. */
export type Listed = GitCommit | OddInGit;

/** Whose accounts the e-mails of one history are, as GitHub says. */
export interface People {
  /** Reads what is known already. */
  look(listed: readonly Listed[]): Promise<void>;
  /**
   * The commits with their accounts, and those that git alone does not tell for certain as GitHub tells
   * them. What is not known is asked for, and what comes `next` with it as far as there is room. Each
   * commit that GitHub tells is held against git's: `GIT_FAILED` at the first difference.
   */
  name(listed: readonly Listed[], next: readonly (readonly Listed[])[]): Promise<CommitsTold>;
}

interface PeopleOptions {
  readonly database: Database;
  readonly ask: AskCommits;
  readonly nodeId: string;
  readonly signal: AbortSignal;
  readonly purpose: Purpose;
  /** By `performance.now()`: nobody is waited for beyond that. */
  readonly endsAtMs: number;
}

/** What one request tells. */
const COMMITS_A_REQUEST = 100;
/** All are in the database too. */
const KNOWN_MAX = 50_000;

export function createPeople(options: PeopleOptions): People {
  const { database, ask, nodeId, signal, purpose, endsAtMs } = options;
  const known = new Map<string, Account>();
  /** Odd ones as GitHub tells them, and what it does not tell. */
  const told = new Map<Oid, Told>();

  async function look(listed: readonly Listed[]): Promise<void> {
    const emails = new Set(listed.flatMap(emailsOf).filter((email) => !known.has(email)));
    const found = await findAccounts(database.primary, [...emails]);
    for (const [email, account] of found) known.set(email, account);
  }

  /** One commit for each e-mail that is not known, and each that git alone does not tell. */
  function wishesOf(listed: readonly Listed[]): Map<Oid, Listed> {
    const wishes = new Map<Oid, Listed>();
    const covered = new Set<string>();
    for (const one of listed) {
      if (told.has(one.oid)) continue;
      const emails = emailsOf(one);
      const isNews = emails.some((email) => !known.has(email) && !covered.has(email));
      if (!isNews && !("why" in one)) continue;
      wishes.set(one.oid, one);
      for (const email of emails) covered.add(email);
    }
    return wishes;
  }

  async function learn(wishes: ReadonlyMap<Oid, Listed>): Promise<void> {
    const oids = [...wishes.keys()];
    const portions = Array.from({ length: Math.ceil(oids.length / COMMITS_A_REQUEST) }, (_, at) =>
      oids.slice(at * COMMITS_A_REQUEST, (at + 1) * COMMITS_A_REQUEST),
    );
    const ends = await Promise.allSettled(
      portions.map(async (portion) => {
        const about = () => ask(nodeId, portion, { signal, purpose });
        await keep(wishes, await patiently(about, { signal, endsAtMs }));
      }),
    );
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** What one portion tells, whatever becomes of those beside it. */
  async function keep(wishes: ReadonlyMap<Oid, Listed>, answer: ReadonlyMap<Oid, Told>) {
    const accounts = new Map<string, Account>();
    for (const [oid, one] of answer) {
      const asked = wishes.get(oid);
      if (asked === undefined) continue;
      if (isTrackerError(one)) {
        if (isAboutRepository(one)) throw one;
        told.set(oid, one);
        continue;
      }
      if ("why" in asked) told.set(oid, one);
      else requireSame(asked, one);
      for (const { email, login, avatarUrl } of [one.author, one.committer]) {
        known.set(email, { login, avatarUrl });
        // Without a picture GitHub has failed over the account: it is asked again another time.
        if (avatarUrl !== null && !("why" in asked)) accounts.set(email, { login, avatarUrl });
      }
    }
    await saveAccounts(database.primary, accounts);
  }

  function take(listed: readonly Listed[]): CommitsTold {
    const commits: Commit[] = [];
    const odd: OddCommit[] = [];
    for (const one of listed) {
      const answer = told.get(one.oid);
      told.delete(one.oid);
      if (isTrackerError(answer)) odd.push({ oid: one.oid, error: answer });
      else if (answer !== undefined) commits.push(answer);
      else if (!("why" in one)) commits.push(withAccounts(one));
    }
    return { commits, odd };
  }

  function withAccounts({ author, committer, ...commit }: GitCommit): Commit {
    return { ...commit, author: actorOf(author), committer: actorOf(committer) };
  }

  function actorOf(actor: GitActor) {
    const { login = null, avatarUrl = null } = known.get(actor.email) ?? {};
    return { ...actor, login, avatarUrl };
  }

  return {
    look,
    async name(listed, next) {
      if (known.size > KNOWN_MAX) known.clear();
      await look(listed);
      // Where GitHub does not tell one that was to show whose an e-mail is, another is asked for.
      for (let wishes = wishesOf(listed); wishes.size > 0; wishes = wishesOf(listed)) {
        const room = roomBeside(wishes.size);
        const beside = room === 0 ? [] : [...wishesOf([...listed, ...next.flat()])];
        await learn(new Map([...wishes, ...beside.slice(0, wishes.size + room)]));
      }
      return take(listed);
    },
  };
}

function emailsOf(one: Listed): string[] {
  return "why" in one ? [] : [one.author.email, one.committer.email];
}

/** In the last of the requests that so many take. */
function roomBeside(count: number): number {
  return Math.ceil(count / COMMITS_A_REQUEST) * COMMITS_A_REQUEST - count;
}

/** GitHub refuses all of the repository: no commit of it is at fault. */
function isAboutRepository(error: Told): boolean {
  if (isTrackerError(error, "GITHUB_NOT_FOUND")) return error.details.missingOid === undefined;
  return isTrackerError(error, "GITHUB_FORBIDDEN");
}

function requireSame(ours: GitCommit, theirs: Commit): void {
  const field = differingField(ours, theirs);
  if (field === null) return;
  const { oid } = ours;
  const message = `Git and GitHub's API tell the commit ${oid} differently (${field}).`;
  throw gitFailure("malformed", message, { oid, field });
}
