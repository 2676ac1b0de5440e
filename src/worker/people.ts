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
   * Begins to ask for what is not known of all that were foreseen, a few full requests at a time; the last
   * one need not be full where nothing comes behind it. Waits for nothing and never fails: who is not told
   * is asked for when he is to be named.
   */
  foresee(listed: readonly Listed[], options: { readonly isLast: boolean }): void;
  /**
   * The commits with their accounts, and those that git alone does not tell for certain as GitHub tells
   * them. What is not known is asked for, and what is foreseen with it as far as there is room. Each commit
   * that GitHub tells is held against git's: `GIT_FAILED` at the first difference.
   */
  name(listed: readonly Listed[]): Promise<CommitsTold>;
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
/** Of one history, beforehand: while the answer is on its way pages are stored. */
const REQUESTS_AHEAD = 4;
/** All are in the database too. */
const KNOWN_MAX = 50_000;

export function createPeople(options: PeopleOptions): People {
  const { database, ask, nodeId, signal, purpose, endsAtMs } = options;
  const known = new Map<string, Account>();
  /** Odd ones as GitHub tells them, and what it does not tell. */
  const told = new Map<Oid, Told>();
  /** The request that is to tell it, of an id or an e-mail. */
  const underWay = new Map<string, Promise<void>>();
  const requests = new Set<Promise<void>>();
  let foreseen: readonly Listed[] = [];

  async function look(listed: readonly Listed[]): Promise<void> {
    const emails = new Set(listed.flatMap(emailsOf).filter((email) => !known.has(email)));
    const found = await findAccounts(database.primary, [...emails]);
    for (const [email, account] of found) known.set(email, account);
  }

  /** One commit for each e-mail that is neither known nor asked for, and each that git alone does not tell. */
  function wishesOf(listed: readonly Listed[]): Listed[] {
    const wishes: Listed[] = [];
    const covered = new Set<string>();
    for (const one of listed) {
      if (told.has(one.oid) || underWay.has(one.oid)) continue;
      const emails = emailsOf(one);
      const isOpen = (email: string) =>
        !known.has(email) && !underWay.has(email) && !covered.has(email);
      if (!("why" in one) && !emails.some(isOpen)) continue;
      wishes.push(one);
      for (const email of emails) covered.add(email);
    }
    return wishes;
  }

  /** Asks for so many at most as one request tells; `underWay` until its end, however it ends. */
  function send(portion: readonly Listed[]): void {
    const wishes = new Map(portion.map((one) => [one.oid, one]));
    const keys = portion.flatMap((one) => [one.oid, ...emailsOf(one)]);
    const about = () => ask(nodeId, [...wishes.keys()], { signal, purpose });
    const end = patiently(about, { signal, endsAtMs })
      .then((answer) => keep(wishes, answer))
      .finally(() => {
        for (const key of keys) underWay.delete(key);
        requests.delete(end);
      });
    end.catch(() => {}); // whoever waits for it is told
    requests.add(end);
    for (const key of keys) underWay.set(key, end);
  }

  function sendAll(wishes: readonly Listed[]): void {
    for (let from = 0; from < wishes.length; from += COMMITS_A_REQUEST) {
      send(wishes.slice(from, from + COMMITS_A_REQUEST));
    }
  }

  /** The requests that tell what is not known of these. */
  function awaitedFor(listed: readonly Listed[]): Set<Promise<void>> {
    const keys = listed.flatMap((one) =>
      "why" in one ? [one.oid] : emailsOf(one).filter((email) => !known.has(email)),
    );
    return new Set(keys.map((key) => underWay.get(key)).filter((end) => end !== undefined));
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
    foresee(listed, { isLast }) {
      foreseen = wishesOf([...foreseen, ...listed]);
      const least = isLast ? 1 : COMMITS_A_REQUEST;
      while (foreseen.length >= least && requests.size < REQUESTS_AHEAD) {
        send(foreseen.slice(0, COMMITS_A_REQUEST));
        foreseen = foreseen.slice(COMMITS_A_REQUEST);
      }
    },
    async name(listed) {
      if (known.size > KNOWN_MAX) known.clear();
      await look(listed);
      // Where GitHub does not tell one that was to show whose an e-mail is, another is asked for.
      for (;;) {
        const { length } = wishesOf(listed);
        const full = Math.ceil(length / COMMITS_A_REQUEST) * COMMITS_A_REQUEST;
        if (length > 0) sendAll(wishesOf([...listed, ...foreseen]).slice(0, full));
        const awaited = awaitedFor(listed);
        if (awaited.size === 0) return take(listed);
        const ends = await Promise.allSettled(awaited);
        const failed = ends.find((end) => end.status === "rejected");
        if (failed !== undefined) throw failed.reason;
      }
    },
  };
}

function emailsOf(one: Listed): string[] {
  return "why" in one ? [] : [one.author.email, one.committer.email];
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
