import { createHash } from "node:crypto";
import { z } from "zod";
import { TrackerError } from "../domain/errors.js";
import type { BudgetUser } from "./budget-ledger.js";
import { itemError } from "./github-errors.js";
import { type RawAnswer, readBody, requestIdOf } from "./raw-answer.js";

/** Whose a token is, for a point at most. */
export const VIEWER_DOCUMENT = `query Viewer {
  viewer { login databaseId }
  rateLimit { cost limit remaining resetAt }
}`;

const viewerSchema = z.object({
  login: z.string().min(1),
  databaseId: z.int().positive().nullish(),
});

export function readViewer(answer: RawAnswer): BudgetUser {
  const { data, errors } = readBody(answer.body);
  const viewer = viewerSchema.safeParse((data as { viewer?: unknown } | null | undefined)?.viewer);
  if (viewer.success) {
    const { login, databaseId } = viewer.data;
    return { userId: databaseId == null ? idOfLogin(login) : BigInt(databaseId), login };
  }
  if (errors[0] !== undefined) throw itemError(errors[0], answer);
  throw new TrackerError(
    "GITHUB_MALFORMED_ANSWER",
    "GitHub did not say whose the token is.",
    requestIdOf(answer.headers),
    { cause: viewer.error },
  );
}

/** Negative, where none of GitHub's own ids is. */
function idOfLogin(login: string): bigint {
  const hash = createHash("sha256").update(login.toLowerCase()).digest();
  return -(hash.readBigUInt64BE() >> 2n) - 1n;
}
