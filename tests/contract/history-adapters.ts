import { pino } from "pino";
import type { Commit } from "../../src/domain/commit.js";
import { isTrackerError } from "../../src/domain/errors.js";
import { gitFailureReason } from "../../src/git/git-failure.js";
import type { GitHistories, GitPage, PageSize } from "../../src/git/git-histories.js";
import { openUploadPackHistories } from "../../src/git/upload-pack-histories.js";
import type { GitHub } from "../../src/github/github.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import { STAND_IN_TOKEN } from "../../src/github-stand-in/stand-in.js";

export interface HistoryAdapter {
  readonly name: string;
  open(place: { readonly url: string; readonly folder: string }): Promise<GitHistories>;
  /** What a failure is, in words that are the same for both. */
  kindOf(error: unknown): string;
}

export const git: HistoryAdapter = {
  name: "the git protocol",
  open: ({ url, folder }) =>
    openUploadPackHistories({
      ...{ gitUrl: url, tokens: [STAND_IN_TOKEN], userAgent: "tracker-tests" },
      ...{ folder, limits: { freeBytesMin: 0 } },
    }),
  kindOf: (error) => gitFailureReason(error) ?? "another",
};

const KINDS: Readonly<Record<string, string>> = {
  GITHUB_NOT_FOUND: "not-found",
  GITHUB_RATE_LIMITED: "rate-limited",
  GITHUB_BAD_GATEWAY: "unreachable",
  GITHUB_UNREACHABLE: "unreachable",
};

export const api: HistoryAdapter = {
  name: "GitHub's API",
  open: async ({ url }) =>
    historiesByApi(
      createOctokitGitHub({
        ...{ apiUrl: url, tokens: [STAND_IN_TOKEN], userAgent: "tracker-tests" },
        ...{ ledger: createInMemoryBudgetLedger(), requestTimeoutMs: 10_000 },
        logger: pino({ level: "silent" }),
      }),
    ),
  kindOf: (error) => (isTrackerError(error) ? (KINDS[error.code] ?? error.code) : "another"),
};

/** The walk's own port, a hundred commits a request, read as a history. */
function historiesByApi(gitHub: GitHub): GitHistories {
  return {
    async open({ owner, name, oid }, { signal }) {
      const options = { signal, purpose: "backfill" } as const;
      const [found] = await gitHub.lookUp([{ owner, name }], options);
      if (found?.kind !== "found") throw found?.error;
      const { nodeId } = found.repository;
      const count = await gitHub.commitCount({ nodeId, oid }, options);
      async function* pages({ commits: first }: PageSize): AsyncGenerator<GitPage> {
        for (let after: string | null = null, more = true; more; ) {
          const page = await gitHub.history({ nodeId, oid, after, first }, options);
          yield { commits: page.commits.map(withoutAccounts), odd: [] };
          ({ endCursor: after, hasNextPage: more } = page);
        }
      }
      return { count, bytes: 0, pages, close: async () => {} };
    },
  };
}

function withoutAccounts({ author, committer, ...rest }: Commit) {
  const ofGit = ({ name, email }: Commit["author"]) => ({ name, email });
  return { ...rest, author: ofGit(author), committer: ofGit(committer) };
}
