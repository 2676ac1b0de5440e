import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** What fails does so at once. */
const STARTED_MS = 2_000;

/** Shows an address in the browser that `BROWSER` names, else in this system's. Rejects where there is none. */
export async function openBrowser(url: string, env: NodeJS.ProcessEnv): Promise<void> {
  const [command = "", ...args] = openerOf(env);
  const child = spawn(command, [...args, url], { stdio: "ignore", detached: true });
  const ended = once(child, "exit").then(([code]) => code as number | null);
  const code = await Promise.race([ended, delay(STARTED_MS, 0, { ref: false })]);
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  child.unref();
}

function openerOf({ BROWSER }: NodeJS.ProcessEnv): readonly string[] {
  const [named] = BROWSER?.split(":") ?? []; // the first of a list, as others read it
  if (named) return [named];
  if (process.platform === "darwin") return ["open"];
  if (process.platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return ["xdg-open"];
}
