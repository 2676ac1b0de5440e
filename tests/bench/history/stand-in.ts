import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { connectGitHubStandIn } from "../../../src/github-stand-in/control/control-client.js";

/** The stand-in in a process of its own, with one repository and points for all of it. */
export async function startStandIn(gitDir: string) {
  const script = fileURLToPath(new URL("../onboarding/stand-in-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, "1"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const url = line.toString().trim();
  const gitHub = connectGitHubStandIn(url);
  const { headOid } = await gitHub.addRepository({ owner: "bench", name: "history", gitDir });
  await gitHub.setBudget("octocat", { limit: 100_000, remaining: 100_000 });
  return {
    ...{ url, gitHub, oid: headOid ?? "" },
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
