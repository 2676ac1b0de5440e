import type { z } from "zod";
import type { Oid } from "../domain/commit.js";
import { type ErrorDetails, TrackerError } from "../domain/errors.js";
import { itemError } from "./github-errors.js";
import { type GitHubGraphqlError, type RawAnswer, readBody, requestIdOf } from "./raw-answer.js";

const GONE = "GitHub does not have this repository any more, or the token cannot see it.";

/** The data of an answer about one repository, all of it as asked for. */
export function requireWhole<Data>(answer: RawAnswer, schema: z.ZodType<Data>): Data {
  return requireFrame(answer, schema, () => false).data;
}

/**
 * The data of an answer about one repository's commits, but for what is wrong with one of them alone,
 * beside the errors of that: what stands around the commits is all as asked for.
 */
export function requireFrame<Data>(
  answer: RawAnswer,
  schema: z.ZodType<Data>,
  isOfCommit: (error: GitHubGraphqlError) => boolean,
): { readonly data: Data; readonly errors: readonly GitHubGraphqlError[] } {
  const { data, errors } = readBody(answer.body);
  const whole = errors.find((error) => !isOfCommit(error));
  const failure = whole === undefined ? null : itemError(whole, answer);
  if (failure !== null && failure.code !== "GITHUB_NOT_FOUND") throw failure;
  if (failure !== null) throw missingRepository(failure.details, failure);
  const result = schema.safeParse(data);
  if (result.success) return { data: result.data, errors };
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

/** One that the answer should hold, and does not, or not as asked for. */
export function untoldCommit(
  oid: Oid | null,
  details: ErrorDetails,
  cause?: unknown,
): TrackerError {
  const what = oid === null ? "a commit of this history" : `the commit ${oid}`;
  const message = `GitHub does not tell ${what} as it was asked to.`;
  return new TrackerError("GITHUB_MALFORMED_ANSWER", message, details, { cause });
}

export function malformedPage(why: string, details: ErrorDetails, cause?: unknown): TrackerError {
  const message = `GitHub's page of commits ${why}.`;
  return new TrackerError("GITHUB_MALFORMED_ANSWER", message, details, { cause });
}
