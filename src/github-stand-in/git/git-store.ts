import { LRUCache } from "lru-cache";
import { runGit } from "../../git/git-process.js";
import type { ReadObject } from "./object-reader.js";
import { ObjectReader } from "./object-reader.js";
import type { StandInCommit } from "./stand-in-commit.js";
import { parseCommitObject } from "./stand-in-commit.js";

const READERS_MAX = 16; // processes at once
const COMMITS_CACHED_MAX = 20_000;
const WALK_BYTES_MAX = 128 * 1024 * 1024; // 41 bytes a commit
const COMPARISONS_CACHED_MAX = 1_000;
/** Most walks end on their first pages, and git lists these without walking the whole history. */
const SHORT_WALK_COMMITS = 1_000;

/** Arguments of `git rev-list` that narrow a history; without any it is the whole one. */
export type HistoryFilter = readonly string[];

interface Walk {
  /** Git's answer as it came: one oid and a line end after the other. */
  readonly lines: Buffer;
  readonly isWhole: boolean;
}

/** Reads any number of bare repositories with a bounded number of processes and bounded memory. */
export class GitStore {
  readonly #readers = new LRUCache<string, ObjectReader>({
    max: READERS_MAX,
    dispose: (reader) => reader.close(),
  });
  readonly #commits = new LRUCache<string, StandInCommit>({ max: COMMITS_CACHED_MAX });
  readonly #walks = new LRUCache<string, Walk>({
    maxSize: WALK_BYTES_MAX,
    sizeCalculation: ({ lines }) => lines.length + 200,
  });
  readonly #walking = new Map<string, Promise<Walk>>();
  readonly #comparisons = new LRUCache<string, readonly [ahead: number, behind: number]>({
    max: COMPARISONS_CACHED_MAX,
  });
  #isClosed = false;

  /** By oid or rev-parse expression, straight from the repository; null when there is none. */
  async readObject(gitDir: string, name: string): Promise<ReadObject | null> {
    const [object] = await this.#reader(gitDir).read([name]);
    return object ?? null;
  }

  /** In the order asked for; null for what is missing or no commit. */
  async readCommits(
    gitDir: string,
    oids: readonly string[],
  ): Promise<readonly (StandInCommit | null)[]> {
    const commits = new Map<string, StandInCommit>();
    const missing: string[] = [];
    for (const oid of oids) {
      const cached = this.#commits.get(oid);
      if (cached) commits.set(oid, cached);
      else missing.push(oid);
    }
    for (const object of await this.#reader(gitDir).read(missing)) {
      if (object?.type === "commit") commits.set(object.oid, this.#remember(object));
    }
    return oids.map((oid) => commits.get(oid) ?? null);
  }

  #remember({ oid, content }: ReadObject): StandInCommit {
    const commit = parseCommitObject(oid, content);
    this.#commits.set(oid, commit);
    return commit;
  }

  /** Oids `start` to `end` (exclusive) of `git rev-list <oid>`; fewer where the history ends. */
  async history(
    gitDir: string,
    oid: string,
    filter: HistoryFilter,
    start: number,
    end: number,
  ): Promise<string[]> {
    const { lines } = await this.#walk(gitDir, oid, filter, end);
    const width = oid.length + 1;
    const oids: string[] = [];
    for (let at = start * width; at < end * width && at < lines.length; at += width) {
      oids.push(lines.toString("latin1", at, at + oid.length));
    }
    return oids;
  }

  /** The number of commits of `git rev-list <oid>`. */
  async historyCount(gitDir: string, oid: string, filter: HistoryFilter): Promise<number> {
    const { lines } = await this.#walk(gitDir, oid, filter, Number.POSITIVE_INFINITY);
    return lines.length / (oid.length + 1);
  }

  async #walk(gitDir: string, oid: string, filter: HistoryFilter, end: number): Promise<Walk> {
    const key = [gitDir, oid, ...filter].join("\0");
    const known = this.#walks.get(key);
    if (known && (known.isWhole || end <= SHORT_WALK_COMMITS)) return known;
    const limit = end <= SHORT_WALK_COMMITS ? [`--max-count=${SHORT_WALK_COMMITS}`] : [];
    const pendingKey = `${key}\0${limit}`;
    const pending =
      this.#walking.get(pendingKey) ??
      runGit(gitDir, ["rev-list", ...limit, oid, ...filter]).then((lines) => {
        const isShort = lines.length < SHORT_WALK_COMMITS * (oid.length + 1);
        const walk = { lines, isWhole: limit.length === 0 || isShort };
        this.#walks.set(key, walk);
        return walk;
      });
    this.#walking.set(pendingKey, pending);
    try {
      return await pending;
    } finally {
      this.#walking.delete(pendingKey);
    }
  }

  /** Commits in `head` and not in `base`, and the other way round. */
  async compare(gitDir: string, base: string, head: string): Promise<readonly [number, number]> {
    const key = [gitDir, base, head].join("\0");
    const known = this.#comparisons.get(key);
    if (known) return known;
    const range = `${base}...${head}`;
    const counts = await runGit(gitDir, ["rev-list", "--left-right", "--count", range, "--"]);
    const [behind = 0, ahead = 0] = counts.toString().trim().split("\t").map(Number);
    this.#comparisons.set(key, [ahead, behind]);
    return [ahead, behind];
  }

  /** Forgets what was read of a repository whose objects were taken away. */
  forget(gitDir: string): void {
    this.#readers.delete(gitDir);
    this.#commits.clear();
    this.#walks.clear();
    this.#comparisons.clear();
  }

  /** Ends the processes; a query still under way fails instead of starting another. */
  close(): void {
    this.#isClosed = true;
    this.#readers.clear();
  }

  #reader(gitDir: string): ObjectReader {
    if (this.#isClosed) throw new Error("the GitHub stand-in has stopped");
    const known = this.#readers.get(gitDir);
    if (known && !known.isEnded) return known;
    const reader = new ObjectReader(gitDir);
    this.#readers.set(gitDir, reader);
    return reader;
  }
}
