import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Repository } from "../domain/repository.js";
import type { Changes, RepositoryVersion } from "../store/repositories/change-reader.js";
import type { Fanout } from "./fanout.js";

export interface RepositoryChangesOptions {
  readonly fanout: Fanout;
  /** What has changed since a horizon, and the horizon to ask from next; null: only that. */
  readonly findChanges: (since: bigint | null) => Promise<Changes>;
  /** As they are now; none for those that are not there. */
  readonly readVersions: (ids: readonly number[]) => Promise<RepositoryVersion[]>;
  readonly logger: Logger;
  /** How long a change can go unnoticed that no ring announces. Default: one second. */
  readonly heartbeatMs?: number;
}

/**
 * Repositories as they change: their latest state, not each one they went through. Read from the
 * database while somebody listens, once for all who do, woken by the feed's rings.
 */
export interface RepositoryChanges {
  /**
   * The states of these repositories, or of all (null). First that of each that is named, then each
   * again when it has changed; a change is never missed, however late its transaction commits. What
   * changes several times before it is taken comes once, so that a slow consumer holds no more than an
   * id for each (of a removed one, what is told). A removed repository comes once more, as removed; when all that are named have
   * been told so it ends. Ends quietly when aborted, when left by `return()`, and when this stops.
   */
  subscribe(
    ids: ReadonlySet<number> | null,
    signal: AbortSignal,
  ): AsyncIterableIterator<Repository>;
  stop(): Promise<void>;
}

const HEARTBEAT_MS = 1_000;
/** Between two looks, however many rings there are. */
const PAUSE_MS_MIN = 50;
const RETRY_MS_MAX = 5_000;
const READ_MAX = 500;

interface Subscriber {
  /** Null: all. */
  readonly ids: Set<number> | null;
  /** What it has to be told of. */
  readonly pending: Set<number>;
  /** Removed, and not told yet. */
  readonly removed: Repository[];
  wake(): void;
  end(): void;
}

export async function startRepositoryChanges({
  fanout,
  findChanges,
  readVersions,
  logger,
  heartbeatMs = HEARTBEAT_MS,
}: RepositoryChangesOptions): Promise<RepositoryChanges> {
  const everything = new Set<Subscriber>();
  const byId = new Map<number, Set<Subscriber>>();
  /** The last known state of whatever somebody listens to; kept current by every look. */
  const latest = new Map<number, { changedXid: bigint; repository: Repository }>();
  /** Removals that were told, as long as another look may find them: by what removed them. */
  const gone = new Map<number, bigint>();
  /** Named by a subscriber and not read yet. */
  const unread = new Set<number>();
  let since: bigint | null = null;
  const stopping = new AbortController();
  let isWoken = false;
  let wake: () => void = () => {};

  const isAwaited = () => everything.size + byId.size > 0;
  const isListenedTo = (id: number) => everything.size > 0 || byId.has(id);
  const listenersOf = (id: number) => [...everything, ...(byId.get(id) ?? [])];

  function ring(): void {
    isWoken = true;
    wake();
  }
  const silence = await fanout.listen(ring);

  async function look(): Promise<void> {
    const { horizon, changed } = await findChanges(since);
    const fresh = changed.filter(
      ({ id, changedXid }) =>
        isListenedTo(id) &&
        latest.get(id)?.changedXid !== changedXid &&
        gone.get(id) !== changedXid,
    );
    const news = new Set(fresh.map(({ id }) => id));
    const ids = [...new Set([...unread, ...news])];
    for (let start = 0; start < ids.length; start += READ_MAX) {
      const some = ids.slice(start, start + READ_MAX);
      const versions = new Map((await readVersions(some)).map((one) => [one.id, one]));
      for (const id of some) {
        const version = versions.get(id);
        // What was only to be read may have changed meanwhile: the next look would take it for known.
        const isNews = news.has(id) || (version !== undefined && version.changedXid >= horizon);
        note(id, version, isNews);
      }
    }
    since = horizon;
    for (const [id, changedXid] of gone) if (changedXid < horizon) gone.delete(id);
  }

  function note(id: number, version: RepositoryVersion | undefined, isNews: boolean): void {
    unread.delete(id);
    if (!isListenedTo(id)) return;
    if (version === undefined || version.repository.state === "REMOVED") {
      forget(id, version?.repository);
      if (version !== undefined) gone.set(id, version.changedXid);
      return;
    }
    const { repository } = version;
    latest.set(id, { changedXid: version.changedXid, repository });
    for (const subscriber of listenersOf(id)) {
      if (isNews) subscriber.pending.add(id);
      subscriber.wake();
    }
  }

  /** A removed repository, as it is to be told; absent: nothing is left of it. */
  function forget(id: number, repository: Repository | undefined): void {
    for (const subscriber of listenersOf(id)) {
      subscriber.pending.delete(id);
      subscriber.ids?.delete(id);
      if (repository !== undefined) subscriber.removed.push(repository);
      subscriber.wake();
    }
    byId.delete(id);
    latest.delete(id);
  }

  function join(subscriber: Subscriber): void {
    if (subscriber.ids === null) everything.add(subscriber);
    for (const id of subscriber.ids ?? []) {
      const others = byId.get(id);
      if (others === undefined) byId.set(id, new Set([subscriber]));
      else others.add(subscriber);
      if (!latest.has(id)) unread.add(id);
    }
    ring();
  }

  /** States that nobody listens to are not kept current, and so not at all. */
  function leave(subscriber: Subscriber): void {
    const wasLast = everything.delete(subscriber) && everything.size === 0;
    for (const id of subscriber.ids ?? []) {
      const others = byId.get(id);
      others?.delete(subscriber);
      if (others?.size === 0) byId.delete(id);
    }
    for (const id of wasLast ? latest.keys() : (subscriber.ids ?? [])) {
      if (!isListenedTo(id)) latest.delete(id);
    }
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      if (!isAwaited()) {
        since = null;
        unread.clear();
        await pause(null);
        continue;
      }
      isWoken = false;
      try {
        await look();
        failures = 0;
      } catch (err) {
        failures += 1;
        logger.warn({ err, failures }, "changes of repositories cannot be read, trying again");
      }
      const restMs = Math.min(PAUSE_MS_MIN * 2 ** failures, RETRY_MS_MAX);
      await delay(restMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (failures === 0) await pause(heartbeatMs);
    }
  }

  /** Until the time is over (null: without limit), or somebody comes, or the fanout rings. */
  async function pause(ms: number | null): Promise<void> {
    if (stopping.signal.aborted || (isWoken && isAwaited())) return;
    await new Promise<void>((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wake = () => {};
  }

  const running = run();
  return {
    subscribe(ids, signal) {
      let isOver = stopping.signal.aborted || signal.aborted;
      let resume: () => void = () => {};
      const subscriber: Subscriber = {
        ids: ids && new Set(ids),
        pending: new Set(ids),
        removed: [],
        wake: () => resume(),
        end() {
          isOver = true;
          leave(subscriber);
          signal.removeEventListener("abort", subscriber.end);
          resume();
        },
      };
      if (!isOver) {
        join(subscriber);
        signal.addEventListener("abort", subscriber.end, { once: true });
      }
      const take = (): Repository | null => {
        const removed = subscriber.removed.shift();
        if (removed !== undefined) return removed;
        for (const id of subscriber.pending) {
          const repository = latest.get(id)?.repository;
          if (repository === undefined) continue; // still to be read
          subscriber.pending.delete(id);
          return repository;
        }
        return null;
      };
      const iterator: AsyncIterableIterator<Repository> = {
        async next() {
          while (!isOver) {
            const value = take();
            if (value !== null) return { done: false, value };
            if (subscriber.ids?.size === 0) {
              subscriber.end(); // all that were named are removed
              break;
            }
            await new Promise<void>((resolve) => {
              resume = resolve;
            });
          }
          return { done: true, value: undefined };
        },
        async return() {
          subscriber.end();
          return { done: true, value: undefined };
        },
        [Symbol.asyncIterator]: () => iterator,
      };
      return iterator;
    },
    async stop() {
      stopping.abort();
      for (const subscriber of [...everything, ...[...byId.values()].flatMap((all) => [...all])]) {
        subscriber.end();
      }
      wake();
      await silence();
      await running;
    },
  };
}
