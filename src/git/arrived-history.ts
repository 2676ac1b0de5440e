import type { Oid } from "../domain/commit.js";
import { readGitCommit } from "./git-commit.js";
import { gitFailure } from "./git-failure.js";
import type { GitCommit, GitHistory, GitPage, OddInGit, PageSize } from "./git-histories.js";
import type { GitObject } from "./object-frames.js";
import type { ReadingBounds, ScratchRepository } from "./scratch-repository.js";
import { classifyBreak } from "./upload-pack-errors.js";

export interface Arrived {
  readonly oid: Oid;
  readonly count: number;
  readonly bytes: number;
  readonly scratch: ScratchRepository;
  readonly bounds: ReadingBounds & { readonly bytesMax: number };
}

interface Begun {
  readonly commits: GitCommit[];
  readonly odd: OddInGit[];
  bytes: number;
}

/** A history whose pack has arrived and is readable. */
export function readArrived({ oid, count, bytes, scratch, bounds }: Arrived): GitHistory {
  let isRead = false;

  async function* pages(size: PageSize): AsyncGenerator<GitPage, void, undefined> {
    if (isRead) throw new Error("a history is read once");
    isRead = true;
    try {
      yield* pagesOf(size);
    } catch (error) {
      bounds.signal.throwIfAborted();
      throw classifyBreak(error);
    }
  }

  async function* pagesOf(size: PageSize): AsyncGenerator<GitPage, void, undefined> {
    let page = newPage();
    let toldCount = 0;
    if (count === 0) return;
    for await (const objects of scratch.history(oid, bounds)) {
      for (const object of objects) {
        const objectBytes = object.content?.length ?? 0;
        if (lengthOf(page) > 0 && page.bytes + objectBytes > size.bytes) {
          yield page;
          page = newPage();
        }
        add(page, object, bounds.bytesMax);
        toldCount += 1;
        if (lengthOf(page) < size.commits) continue;
        yield page;
        page = newPage();
      }
    }
    if (lengthOf(page) > 0) yield page;
    if (toldCount === count) return;
    throw gitFailure("malformed", `The history has ${toldCount} commits of ${count}.`);
  }

  return { count, bytes, pages, close: () => scratch.close() };
}

function newPage(): Begun {
  return { commits: [], odd: [], bytes: 0 };
}

function lengthOf({ commits, odd }: Begun): number {
  return commits.length + odd.length;
}

function add(page: Begun, { oid, content }: GitObject, bytesMax: number): void {
  const read =
    content === null ? `it is larger than ${bytesMax} bytes` : readGitCommit(oid, content);
  if (typeof read !== "string") page.commits.push(read);
  else page.odd.push({ oid, why: read, place: page.commits.length });
  page.bytes += content?.length ?? 0;
}
