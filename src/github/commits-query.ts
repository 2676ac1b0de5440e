import { z } from "zod";
import { COMMIT_FIELDS } from "./commit-fields.js";
import type { CommitsWanted } from "./github.js";
import { itemError } from "./github-errors.js";
import { missingCommit, missingRepository, requireFrame, untoldCommit } from "./page-answer.js";
import { type GitHubGraphqlError, type RawAnswer, requestIdOf } from "./raw-answer.js";
import { isWithin, type Path, readCommit, type ToldCommit } from "./told-commit.js";

const dataSchema = z.record(z.string(), z.unknown());
const repositorySchema = z.record(z.string(), z.unknown()).nullable();
const REPOSITORY = /^r\d+$/;

/** Commits of any number of repositories, each under an alias. 1 point for a hundred. */
export function commitsDocument(wanted: readonly CommitsWanted[]): string {
  const parameters = wanted.map((_, place) => `$r${place}: ID!`);
  const repositories = wanted.map(({ oids }, place) => {
    const fields = oids.map((oid, index) => `c${index}: object(oid: "${oid}") { ...commitFields }`);
    return `r${place}: node(id: $r${place}) {
    ... on Repository {
      ${fields.join("\n      ")}
    }
  }`;
  });
  return `query Commits(${parameters.join(", ")}) {
  ${repositories.join("\n  ")}
  rateLimit { cost remaining resetAt }
}
${COMMIT_FIELDS}`;
}

export function commitsVariables(wanted: readonly CommitsWanted[]): Record<string, string> {
  return Object.fromEntries(wanted.map(({ nodeId }, place) => [`r${place}`, nodeId]));
}

/** Of each repository what was asked of it, in its order. */
export function readCommits(wanted: readonly CommitsWanted[], answer: RawAnswer): ToldCommit[][] {
  const { data, errors } = requireFrame(answer, dataSchema, ({ path }) =>
    REPOSITORY.test(String(path?.[0])),
  );
  const facts = requestIdOf(answer.headers);
  return wanted.map(({ oids }, place) => {
    const name = `r${place}`;
    const own = errors.find(({ path }) => path?.length === 1 && path[0] === name);
    const found = repositorySchema.safeParse(data[name] ?? null).data ?? null;
    if (found === null) {
      const error = own === undefined ? missingRepository(facts) : itemError(own, answer);
      return oids.map((oid) => ({ kind: "odd", oid, error }));
    }
    return oids.map((oid, index) => {
      const path = [name, `c${index}`];
      const value = found[`c${index}`] ?? null;
      const isMute = value === null && !errors.some((error) => isWithin(error, path));
      if (isMute) return { kind: "odd", oid, error: missingCommit(oid, facts) };
      const told = withoutDoubt(readCommit(value, path, errors, answer, oid), path, errors);
      if (told.kind === "odd" || told.commit.oid === oid) return told;
      return {
        kind: "odd",
        oid,
        error: untoldCommit(oid, { ...facts, otherOid: told.commit.oid }),
      };
    });
  });
}

/** Of an account over which GitHub has failed nothing is told: what is told of others may be kept. */
function withoutDoubt(
  told: ToldCommit,
  path: Path,
  errors: readonly GitHubGraphqlError[],
): ToldCommit {
  if (told.kind === "odd" || errors.length === 0) return told;
  const known = (actor: "author" | "committer") =>
    errors.some((error) => isWithin(error, [...path, actor]))
      ? { ...told.commit[actor], login: null, avatarUrl: null }
      : told.commit[actor];
  return {
    ...told,
    commit: { ...told.commit, author: known("author"), committer: known("committer") },
  };
}
