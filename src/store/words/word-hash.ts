import { hash } from "node:crypto";

/** Beyond all numbers of repositories. */
const LEAST = 1n << 62n;

/** By what a word is found: 62 bits of its hash, made here, so that it is the same on every platform. */
export function wordHash(word: string): bigint {
  return LEAST + BigInt.asUintN(62, hash("sha1", word, "buffer").readBigUInt64BE());
}

/** A repository is found like a word of each of its commits: a word in a repository is two words. */
export function repositoryWord(repositoryId: number): bigint {
  return BigInt(repositoryId);
}
