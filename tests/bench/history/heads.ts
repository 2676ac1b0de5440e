import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { FLUSH, packet } from "../../../src/git/pkt-line.js";
import { callUploadPack } from "../../../src/git/upload-pack.js";
import { createInMemoryBudgetLedger } from "../../../src/github/in-memory-budget-ledger.js";
import { createOctokitGitHub } from "../../../src/github/octokit-github.js";
import { GITHUB_TIMES } from "../../../src/github-stand-in/limits/latency.js";
import { STAND_IN_TOKEN, startGitHubStandIn } from "../../../src/github-stand-in/stand-in.js";
import { addSharedRepositories } from "../../support/shared-repositories.js";

const REPOSITORIES = 100;
const DAY_MS = 86_400_000;
/** What HEAD names. https://git-scm.com/docs/protocol-v2#_ls_refs */
const HEAD = {
  place: "git-upload-pack",
  body: `${packet("command=ls-refs\n")}0001${packet("symrefs\n")}${packet("ref-prefix HEAD\n")}${FLUSH}`,
  answerType: "application/x-git-upload-pack-result",
} as const;

/** A hundred repositories looked at by the API and by the git protocol, at GitHub's times. */
export async function measureHeads() {
  const folder = await mkdtemp(join(tmpdir(), "tracker-bench-heads-"));
  const gitHub = await startGitHubStandIn({ secondaryLimits: null });
  const call = { tokens: [STAND_IN_TOKEN], userAgent: "tracker-bench" };
  const signal = new AbortController().signal;
  const specs = Array.from({ length: REPOSITORIES }, (_, index) => ({
    ...{ owner: "bench", name: `r${index}`, commitCount: 5 },
    ...{ lastCommitAt: "2024-01-01T00:00:00Z", stepMs: DAY_MS },
  }));
  const api = createOctokitGitHub({
    ...{ ...call, apiUrl: gitHub.url, ledger: createInMemoryBudgetLedger() },
    ...{ requestTimeoutMs: 15_000, logger: pino({ level: "silent" }) },
  });
  const lookByGit = async (repository: { owner: string; name: string }) => {
    const request = { gitUrl: gitHub.url, repository, token: STAND_IN_TOKEN, now: Date.now };
    const packets = callUploadPack({ ...request, ...call, signal, silenceMs: 15_000 }, HEAD);
    for await (const _ of packets);
  };
  try {
    const facts = await addSharedRepositories(gitHub, folder, specs);
    const refs = facts.map(({ id }) => ({ nodeId: id }));
    const options = { signal, purpose: "live" } as const;
    await api.glance(refs.slice(0, 1), options);
    await gitHub.configure({ latency: GITHUB_TIMES });
    const ways = {
      "a glance by the API": () => api.glance(refs, options),
      "looks by the API": async () => {
        for (let at = 0; at < refs.length; at += 50) {
          await api.lookUp(refs.slice(at, at + 50), options);
        }
      },
      "ls-refs, one after the other": async () => {
        for (const spec of specs) await lookByGit(spec);
      },
    };
    const rows = [];
    for (const [way, work] of Object.entries(ways)) {
      await gitHub.reset();
      const cpuBefore = process.cpuUsage();
      const begun = performance.now();
      await work();
      const seconds = (performance.now() - begun) / 1_000;
      const { user, system } = process.cpuUsage(cpuBefore);
      const counts = Object.values(await gitHub.countOperations());
      const sum = (key: "requests" | "points") => counts.reduce((all, one) => all + one[key], 0);
      rows.push({
        ...{ way, repositories: REPOSITORIES, requests: sum("requests"), points: sum("points") },
        ...{ seconds: Number(seconds.toFixed(1)), "CPU ms": Math.round((user + system) / 1_000) },
      });
    }
    return rows;
  } finally {
    await gitHub.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
