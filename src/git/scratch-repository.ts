import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import type { Oid } from "../domain/commit.js";
import { withDeadline } from "../github/deadline.js";
import { untilAborted } from "../github/wait.js";
import { createBareRepository } from "./bare-repository.js";
import { gitFailure } from "./git-failure.js";
import { endGit, exitOf, type GitExit, startGit } from "./git-process.js";
import { type GitObject, ObjectFrames } from "./object-frames.js";
import { makeScratchFolder, removeScratchFolder } from "./scratch-folder.js";

/** Without these, git maps the whole of a pack into its memory. */
const FRUGAL = ["-c", "core.packedGitWindowSize=1m", "-c", "core.packedGitLimit=32m"];
/** What is written is read once and then removed. */
const FLEETING = ["-c", "core.fsync=none", "-c", "core.deltaBaseCacheLimit=32m"];
const NO_DISK = /no space left|disk quota|file too large|input\/output error/i;

export interface ReadingBounds {
  readonly signal: AbortSignal;
  /** Without a byte from git. */
  readonly silenceMs: number;
}

/** A repository for one pack, in a folder of its own, with every process that works on it. */
export class ScratchRepository {
  readonly #running = new Set<ChildProcessWithoutNullStreams>();
  #closing: Promise<void> | null = null;

  private constructor(readonly gitDir: string) {}

  static async make(parent: string): Promise<ScratchRepository> {
    const gitDir = await makeScratchFolder(parent);
    try {
      await createBareRepository(gitDir, "main");
      return new ScratchRepository(gitDir);
    } catch (error) {
      await removeScratchFolder(gitDir);
      throw error;
    }
  }

  /** Keeps a pack as it comes. Git takes each object apart, and refuses what is not what its hash says. */
  async index(
    pack: AsyncIterable<Buffer>,
    { bytesMax, signal, silenceMs }: ReadingBounds & { readonly bytesMax: number },
  ): Promise<void> {
    const size = `--max-input-size=${bytesMax}`;
    const args = [...FLEETING, "index-pack", "--stdin", "--threads=2", size];
    const { child, exit } = this.#start(args);
    child.stdout.resume();
    try {
      if (child.pid === undefined) judge("index-pack", await exit); // before anything is asked for
      for await (const piece of pack) {
        if (child.stdin.destroyed) break; // its exit tells why
        if (!child.stdin.write(piece)) await within(() => drained(child), { signal, silenceMs });
      }
      child.stdin.end();
      judge("index-pack", await untilAborted(exit, signal));
    } finally {
      await this.#end(child);
    }
  }

  /** What git prints of a command, in the pieces in which it comes. */
  async *output(
    args: readonly string[],
    bounds: ReadingBounds,
  ): AsyncGenerator<Buffer, void, undefined> {
    const { child, exit } = this.#start([...FRUGAL, ...args]);
    child.stdin.end();
    try {
      yield* piecesOf(child, bounds);
      judge(args[0] ?? "", await within(() => exit, bounds));
    } finally {
      await this.#end(child);
    }
  }

  /** All commits from one on, in the order of `git rev-list`, a few at a time; larger ones without their content. */
  async *history(
    oid: Oid,
    { bytesMax, ...bounds }: ReadingBounds & { readonly bytesMax: number },
  ): AsyncGenerator<GitObject[], void, undefined> {
    const lister = this.#start([
      ...FRUGAL,
      "-c",
      "advice.graftFileDeprecated=false",
      "rev-list",
      oid,
    ]);
    const reader = this.#start([...FRUGAL, "cat-file", "--batch", "--buffer"]);
    const frames = new ObjectFrames(bytesMax);
    lister.child.stdin.end();
    lister.child.stdout.pipe(reader.child.stdin);
    try {
      for await (const piece of piecesOf(reader.child, bounds)) {
        const objects = [...frames.push(piece)];
        if (!objects.every((object) => object !== null)) throw unreadable("a commit is missing");
        yield objects;
      }
      judge("cat-file", await within(() => reader.exit, bounds));
      judge("rev-list", await within(() => lister.exit, bounds));
      if (!frames.isBetween) throw unreadable("its last commit is cut");
    } finally {
      await Promise.all([this.#end(lister.child), this.#end(reader.child)]);
    }
  }

  /** Ends whatever runs, waits for it and removes the folder. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.all([...this.#running].map((child) => this.#end(child)));
      await removeScratchFolder(this.gitDir);
    })();
    return this.#closing;
  }

  #start(args: readonly string[]) {
    if (this.#closing !== null) throw unreadable("it is closed");
    try {
      const child = startGit(this.gitDir, args);
      this.#running.add(child);
      return { child, exit: exitOf(child) };
    } catch (error) {
      throw gitFailure("broken", "Git could not be started.", {}, { cause: error });
    }
  }

  async #end(child: ChildProcessWithoutNullStreams): Promise<void> {
    await endGit(child);
    this.#running.delete(child);
  }
}

function within<T>(work: () => Promise<T>, { signal, silenceMs }: ReadingBounds): Promise<T> {
  return withDeadline(signal, silenceMs, (bounded) => untilAborted(work(), bounded));
}

async function* piecesOf(
  { stdout }: ChildProcessWithoutNullStreams,
  bounds: ReadingBounds,
): AsyncGenerator<Buffer, void, undefined> {
  const pieces = stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (;;) {
    const next = await within(() => pieces.next(), bounds);
    if (next.done === true) return;
    yield next.value;
  }
}

/** Until it takes more, or never will. */
async function drained({ stdin }: ChildProcessWithoutNullStreams): Promise<void> {
  const waiting = new AbortController();
  const { signal } = waiting;
  await Promise.race(["drain", "close"].map((event) => once(stdin, event, { signal }))).catch(
    () => {}, // an error comes before the close, and its exit tells
  );
  waiting.abort();
}

function judge(command: string, { code, complaint, failure }: GitExit): void {
  if (failure?.code === "ENOENT") {
    throw gitFailure("no-git", "There is no git here.", {}, { cause: failure });
  }
  if (failure !== null) {
    throw gitFailure("broken", `git ${command} could not be started.`, {}, { cause: failure });
  }
  if (code === 0) return;
  const last = complaint.split("\n").at(-1) ?? "";
  if (code === null) throw gitFailure("broken", `git ${command} was ended from outside.`);
  if (NO_DISK.test(complaint)) throw gitFailure("no-disk", `git ${command}: ${last}`);
  if (/exceeds maximum allowed size/.test(complaint)) {
    throw gitFailure("too-large", "The history is larger than may be.");
  }
  if (/unknown option|usage: git/.test(complaint)) {
    throw gitFailure("no-git", `This git is too old: ${last}`);
  }
  throw unreadable(`git ${command}: ${last}`);
}

function unreadable(why: string) {
  return gitFailure("malformed", `The history cannot be read: ${why}.`);
}
