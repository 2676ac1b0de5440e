/** The stand-in in a process of its own, its times drawn from a seed; prints its URL. */
import { startGitHubStandIn } from "../../../src/github-stand-in/stand-in.js";

const [seed] = process.argv.slice(2).map(Number);
const gitHub = await startGitHubStandIn({ seed: seed ?? 1 });
process.stdout.write(`${gitHub.url}\n`);
process.once("SIGTERM", () => void gitHub.stop().then(() => process.exit(0)));
