/** The stand-in without limits or latency in a process of its own; prints its URL and the head. */
import { startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";

const [commits] = process.argv.slice(2).map(Number);
const gitHub = await startGitHubStandIn({ secondaryLimits: null });
await gitHub.setBudget("octocat", { limit: 1_000_000, remaining: 1_000_000 });
await gitHub.addRepository({ owner: "bench", name: "history" });
const start = Date.UTC(2020, 0, 1);
const oids = await gitHub.commit(
  "bench/history",
  Array.from({ length: commits ?? 0 }, (_, index) => {
    const date = new Date(start + index * 60_000).toISOString();
    const author = { name: `Author ${index % 40}`, email: `author${index % 40}@example.org`, date };
    return {
      message: `Change number ${index}\n\nA body, as bodies are. ${"x".repeat(index % 120)}`,
      author,
    };
  }),
);
process.stdout.write(`${gitHub.url} ${oids.at(-1)}\n`);
process.once("SIGTERM", () => void gitHub.stop().then(() => process.exit(0)));
