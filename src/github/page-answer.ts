import type { z } from "zod";
import type { Oid } from "../domain/commit.js";
import { type ErrorDetails, TrackerError } from "../domain/errors.js";
import { itemError } from "./github-errors.js";
import { type RawAnswer, readBody, requestIdOf } from "./raw-answer.js";

const GONE = "GitHub does not have this repository any more, or the token cannot see it.";

/**
 * The data of an answer about one repository's commits, all of it as asked for. Half a page is no
 * page: what is missing could never be told from what is not there.
 */
export function requireWhole<Data>(answer: RawAnswer, schema: z.ZodType<Data>): Data {
  const { data, errors } = readBody(answer.body);
  const [first] = errors;
  const failure = first === undefined ? null : itemError(first, answer);
  if (failure !== null && failure.code !== "GITHUB_NOT_FOUND") throw failure;
  if (failure !== null) throw missingRepository(failure.details, failure);
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw malformedPage(
    "has another shape than asked for",
    requestIdOf(answer.headers),
    result.error,
  );
}

export function missingRepository(details: ErrorDetails, cause?: TrackerError): TrackerError {
  return new TrackerError("GITHUB_NOT_FOUND", GONE, details, { cause });
}

export function missingCommit(oid: Oid, details: ErrorDetails): TrackerError {
  const message = `GitHub no longer has the commit ${oid}.`;
  return new TrackerError("GITHUB_NOT_FOUND", message, { ...details, missingOid: oid });
}

export function malformedPage(why: string, details: ErrorDetails, cause?: unknown): TrackerError {
  const message = `GitHub's page of commits ${why}.`;
  return new TrackerError("GITHUB_MALFORMED_ANSWER", message, details, { cause });
}
