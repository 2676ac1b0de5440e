import { expect } from "vitest";
import type { CommitSpec } from "../../src/github-stand-in/git/git-write.js";
import { readCompleteness } from "../../src/store/repositories/completeness-reader.js";
import { eventually } from "./eventually.js";
import type { Pipeline } from "./pipeline.js";
import { makeDue } from "./work.js";

const DAY_MS = 86_400_000;

/** Of 2026, at noon. */
export const noonOf = (day: number) => new Date(Date.UTC(2026, 0, day, 12));
/** Of 2026, when it begins. */
export const morningOf = (day: number) => new Date(noonOf(day).getTime() - DAY_MS / 2);

/** A commit of that day of the year; without parents it goes on from the one before. */
export function dated(day: number, parents?: readonly string[]): CommitSpec {
  const author = { name: "Ada", email: "ada@example.org", date: noonOf(day).toISOString() };
  return { message: `of day ${day}`, author, ...(parents && { parents }) };
}

/** One of each, from the first day to the last. */
export function days(from: number, to: number): CommitSpec[] {
  return Array.from({ length: to - from + 1 }, (_, index) => dated(from + index));
}

/** What is stored of a repository, as hex, in order. */
export async function storedCommits({ database }: Pick<Pipeline, "database">, id: number) {
  const rows = await database.primary.commit.findMany({ where: { repositoryId: id } });
  const of = (reachable: boolean) =>
    rows
      .filter((row) => row.reachable === reachable)
      .map(({ oid }) => Buffer.from(oid).toString("hex"))
      .sort();
  return { reachable: of(true), orphaned: of(false) };
}

/** GitHub does not tell these, whichever way it is asked; returns the fault. */
export async function hideCommits(
  { gitHub }: Pick<Pipeline, "gitHub">,
  oids: readonly string[],
): Promise<number> {
  return await gitHub.injectFault({
    answer: {
      fieldError: {
        ...{ field: "Commit.message", oids },
        ...{ type: "SERVICE_UNAVAILABLE", message: "Something went wrong here." },
      },
    },
    times: "always",
  });
}

/** Waits until just these are named as not told, and everything else has come in. */
export async function untoldAre(
  { database }: Pick<Pipeline, "database">,
  id: number,
  oids: readonly string[],
): Promise<void> {
  await eventually(async () => {
    const [found] = await readCompleteness(database, [id]);
    expect(found?.untoldOids).toEqual([...oids].sort());
    const { state } = await database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect(state).toBe("ACTIVE");
  }, 20_000);
}

/** What was not told is asked for at once. */
export async function retryUntold({ database }: Pipeline, id: number): Promise<void> {
  await database.primary.$executeRaw`
    update passed_commit set retry_at = now() - interval '1 s' where repository_id = ${id}`;
  await makeDue(database, "check", id);
}
