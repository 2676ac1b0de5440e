import { isUtf8 } from "node:buffer";
import type { Oid } from "../domain/commit.js";
import { type CommitObject, readCommitObject } from "./commit-object.js";
import type { GitActor, GitCommit } from "./git-histories.js";

interface Signature {
  readonly actor: GitActor;
  readonly at: Date;
}

/** A name without brackets, an e-mail, seconds up to the year 5138, a zone. */
const SIGNATURE = /^([^<>]*?) ?<([^<>]*)> (\d{1,11}) [+-](\d\d)(\d\d)$/;
/** What git writes at the beginning alone. */
const ONCE = new Set(["tree", "parent", "author", "committer"]);
const ZONE_HOURS_MAX = 14;
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for.
const CONTROL = /[\u0000-\u001f\u007f]/;
const OID = /^(?:[\da-f]{40}|[\da-f]{64})$/;

/**
 * A commit from its object, or why git alone does not say for certain what GitHub's API tells of it: a
 * string. What old tools left out, put in twice or encoded otherwise each reader bends in its own way, and
 * GitHub's way is to be asked of GitHub.
 */
export function readGitCommit(oid: Oid, content: Buffer): GitCommit | string {
  if (!isUtf8(content)) return "it is not in UTF-8";
  if (content.includes(0)) return "it holds a NUL";
  const object = readCommitObject(content);
  const fault = faultOf(object);
  if (fault !== null) return fault;
  const author = readSignature(object.author ?? "");
  if (typeof author === "string") return `its author ${author}`;
  const committer = readSignature(object.committer ?? "");
  if (typeof committer === "string") return `its committer ${committer}`;
  const message = (object.message ?? "").replace(/\n+$/, "");
  if (message !== message.trim()) return "its message has white space around it";
  return {
    ...{ oid, parents: object.parents, message },
    ...{ author: author.actor, authoredAt: author.at },
    ...{ committer: committer.actor, committedAt: committer.at },
  };
}

/** In what its headers are not those that git itself writes. */
function faultOf({ parents, headers, message }: CommitObject): string | null {
  const expected = ["tree", ...parents.map(() => "parent"), "author", "committer"];
  if (expected.some((name, index) => headers[index] !== name)) return "its headers are in disorder";
  const further = headers.slice(expected.length);
  if (further.some((name) => ONCE.has(name))) return "it has a header twice";
  if (further.includes("encoding")) return "it names an encoding";
  if (new Set(parents).size < parents.length) return "it has a parent twice";
  if (!parents.every((parent) => OID.test(parent))) return "a parent has no object id";
  return message === null ? "it has no message" : null;
}

function readSignature(line: string): Signature | string {
  const [match, name = "", email = "", seconds, hours, minutes] = SIGNATURE.exec(line) ?? [];
  if (match === undefined) return "is not written as git writes it";
  if (name === "" || email === "") return "has no name or no e-mail";
  if (name !== name.trim() || email !== email.trim()) return "has white space around its name";
  if (CONTROL.test(name) || CONTROL.test(email)) return "has control characters";
  const isPlace =
    Number(minutes) < 60 && Number(hours) * 60 + Number(minutes) <= ZONE_HOURS_MAX * 60;
  if (!isPlace) return "has a zone that is nowhere";
  return { actor: { name, email }, at: new Date(Number(seconds) * 1_000) };
}
