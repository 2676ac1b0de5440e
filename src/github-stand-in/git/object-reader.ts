import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { startGit } from "../../git/git-process.js";
import { type GitObject, ObjectFrames } from "../../git/object-frames.js";

/** With its content. */
export interface ReadObject extends GitObject {
  readonly content: Buffer;
}

interface Batch {
  readonly found: (ReadObject | null)[];
  readonly count: number;
  readonly resolve: (found: (ReadObject | null)[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Objects of one repository through one `git cat-file --batch` process that stays: a page of
 * commits costs one write and one read of a pipe instead of a process.
 */
export class ObjectReader {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #batches: Batch[] = [];
  readonly #frames = new ObjectFrames();
  #failure: Error | undefined;

  constructor(gitDir: string) {
    this.#child = startGit(gitDir, ["cat-file", "--batch"]);
    this.#child.stdout.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#child.stderr.resume();
    this.#child.stdin.on("error", (error) => this.#fail(error));
    this.#child.on("error", (error) => this.#fail(error));
    this.#child.on("close", () => this.#fail(new Error("git cat-file ended")));
  }

  /** True once the process is gone; then a new reader is needed. */
  get isEnded(): boolean {
    return this.#failure !== undefined;
  }

  /** By oid or any rev-parse expression, in the order asked for; null for what does not exist. */
  read(names: readonly string[]): Promise<(ReadObject | null)[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (names.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#batches.push({ found: [], count: names.length, resolve, reject });
      // A line end inside a name would be read as two; no object has such a name.
      this.#child.stdin.write(names.map((name) => `${name.replace(/[\r\n].*/s, "\0")}\n`).join(""));
    });
  }

  /** Ends the process once it has answered what was asked. */
  close(): void {
    this.#child.stdin.end();
  }

  #take(chunk: Buffer): void {
    for (const object of this.#frames.push(chunk)) {
      const content = object?.content ?? null;
      this.#settle(object === null || content === null ? null : { ...object, content });
    }
  }

  #settle(object: ReadObject | null): void {
    const batch = this.#batches[0];
    if (batch === undefined) return;
    batch.found.push(object);
    if (batch.found.length < batch.count) return;
    this.#batches.shift();
    batch.resolve(batch.found);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const batch of this.#batches.splice(0)) batch.reject(this.#failure);
  }
}
