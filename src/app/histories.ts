import type { Config } from "../config/config.js";
import { openUploadPackHistories } from "../git/upload-pack-histories.js";
import type { WorkerHistories } from "../worker/worker.js";
import type { Demo } from "./demo.js";
import { GITHUB_REQUEST } from "./github-request.js";

/** Histories by the git protocol, as configured; null: none. */
export async function openHistories(
  { gitHub, histories }: Config,
  { demo, tokens }: { readonly demo: Demo | null; readonly tokens: readonly string[] },
): Promise<WorkerHistories | null> {
  const { transport, transfersMax, folder, bytesMax, transferMsMax } = histories;
  if (transport === "api") return null;
  const git = await openUploadPackHistories({
    gitUrl: demo?.apiUrl ?? gitHub.gitUrl,
    ...{ tokens, userAgent: GITHUB_REQUEST.userAgent, folder },
    limits: { packBytesMax: bytesMax, arrivalMsMax: transferMsMax },
  });
  return { transport, git, transfersMax };
}
