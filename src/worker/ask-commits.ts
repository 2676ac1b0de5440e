import { setMaxListeners } from "node:events";
import type { Commit, Oid } from "../domain/commit.js";
import { isTrackerError, type TrackerError } from "../domain/errors.js";
import type { CallOptions, CommitsTold, CommitsWanted, GitHub } from "../github/github.js";
import { untilAborted } from "../github/wait.js";
import { createBatchSize, isTooMuch } from "./batch-size.js";

/** A commit, or why it is not told. */
export type Told = Commit | TrackerError;

/**
 * Asks for commits by their ids, for whoever wants some at the time: one request tells a hundred, of
 * whichever repositories, and is live work if it is for anybody. In no order; rejects as `GitHub` does
 * when a request as a whole fails.
 */
export type AskCommits = (
  nodeId: string,
  oids: readonly Oid[],
  options: CallOptions,
) => Promise<ReadonlyMap<Oid, Told>>;

interface Wish extends CallOptions {
  readonly nodeId: string;
  readonly oid: Oid;
  readonly resolve: (told: Told) => void;
  readonly reject: (reason: unknown) => void;
}

/** What GitHub gives at once. */
const COMMITS_A_REQUEST = 100;
/** Whoever asks while as many requests are under way waits for company, unless a request is full. */
const HALF_EMPTY_MAX = 1;

export function createAskCommits({ gitHub }: { readonly gitHub: GitHub }): AskCommits {
  const size = createBatchSize({ max: COMMITS_A_REQUEST });
  let wishes: Wish[] = [];
  let underWay = 0;

  function sendAll(): void {
    while (wishes.length >= size.current() || (wishes.length > 0 && underWay < HALF_EMPTY_MAX)) {
      const batch = wishes.slice(0, size.current());
      wishes = wishes.slice(batch.length);
      underWay += 1;
      void send(batch).finally(() => {
        underWay -= 1;
        sendAll();
      });
    }
  }

  /** Never rejects: each wish is told its end. */
  async function send(batch: readonly Wish[]): Promise<void> {
    const left = batch.filter(({ signal }) => !signal.aborted);
    if (left.length === 0) return;
    const wanted = byRepository(left);
    const nobody = untilAllAborted(left);
    const isLive = left.some(({ purpose }) => purpose === "live");
    const options = { signal: nobody.signal, purpose: isLive ? "live" : "backfill" } as const;
    try {
      const told = await gitHub.commits(wanted, options);
      size.succeeded(batch.length);
      const found = new Map(wanted.map(({ nodeId }, place) => [nodeId, resultOf(told[place])]));
      for (const { nodeId, oid, resolve, reject } of left) {
        const one = found.get(nodeId)?.get(oid);
        if (one === undefined) reject(new Error("a commit was neither told nor named as odd"));
        else resolve(one);
      }
    } catch (error) {
      if (!isTrackerError(error) || !isTooMuch(error)) {
        for (const { reject } of left) reject(error);
        return;
      }
      size.failed(batch.length);
      // Asked for again, less at a time; a single one is odd by itself.
      const isDown = isTrackerError(error, "GITHUB_BAD_GATEWAY") && !size.isAnswering();
      if (left.length > 1) wishes = [...left, ...wishes];
      else if (isDown) for (const { reject } of left) reject(error);
      else for (const { resolve } of left) resolve(error);
    } finally {
      nobody.abort();
    }
  }

  return async (nodeId, oids, { signal, purpose }) => {
    signal.throwIfAborted();
    const mine = new Set<Wish>();
    const pairs = oids.map(
      (oid) =>
        new Promise<readonly [Oid, Told]>((resolve, reject) => {
          const told = (one: Told) => resolve([oid, one]);
          mine.add({ nodeId, oid, signal, purpose, resolve: told, reject });
        }),
    );
    const all = Promise.all(pairs);
    wishes.push(...mine);
    sendAll();
    try {
      return new Map(await untilAborted(all, signal));
    } finally {
      wishes = wishes.filter((wish) => !mine.has(wish)); // after a failure nobody waits for the others
    }
  };
}

function byRepository(wishes: readonly Wish[]): CommitsWanted[] {
  const oids = new Map<string, Set<Oid>>();
  for (const { nodeId, oid } of wishes) {
    oids.set(nodeId, (oids.get(nodeId) ?? new Set()).add(oid));
  }
  return Array.from(oids, ([nodeId, some]) => ({ nodeId, oids: [...some] }));
}

function resultOf(told: CommitsTold | undefined): ReadonlyMap<Oid, Told> {
  return new Map<Oid, Told>([
    ...(told?.commits ?? []).map((commit) => [commit.oid, commit] as const),
    ...(told?.odd ?? []).flatMap(({ oid, error }) => (oid === null ? [] : [[oid, error] as const])),
  ]);
}

/** Nobody waits for it any more. */
function untilAllAborted(wishes: readonly Wish[]): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // one for each history
  const open = new Set(wishes.map(({ signal }) => signal));
  for (const signal of open) {
    signal.addEventListener(
      "abort",
      () => {
        open.delete(signal);
        if (open.size === 0) controller.abort(signal.reason);
      },
      { once: true, signal: controller.signal },
    );
  }
  return controller;
}
