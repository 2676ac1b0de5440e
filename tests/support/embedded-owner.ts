import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("embedded-owner-process.ts", import.meta.url));

export interface EmbeddedOwner {
  readonly url: Promise<string>;
  /** With kill -9: it leaves its server running. */
  kill(): Promise<void>;
}

/** A process of its own that owns an embedded database. */
export function startEmbeddedOwner(dataDir: string): EmbeddedOwner {
  const child = spawn(process.execPath, ["--import", "tsx", SCRIPT, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return {
    url: once(child.stdout, "data").then(([line]) => String(line).trim()),
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
