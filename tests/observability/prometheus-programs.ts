import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { installOnDebian } from "../support/debian-package.js";

const run = promisify(execFile);
let looked: Promise<void> | null = null;

/** `prometheus` and `promtool` are on this machine's path from then on. Never skips. */
export function requirePrometheus(): Promise<void> {
  looked ??= isThere().then(async (found) => {
    if (found) return;
    await installOnDebian("prometheus");
    if (await isThere()) return;
    throw new Error(
      "The tests need Prometheus: install it (Debian: apt-get install prometheus, macOS: brew install prometheus).",
    );
  });
  return looked;
}

async function isThere(): Promise<boolean> {
  const asked = ["promtool", "prometheus"].map((program) => run(program, ["--version"]));
  return (await Promise.allSettled(asked)).every(({ status }) => status === "fulfilled");
}

/** Resolves with what it says; rejects with it where it is not content. */
export async function promtool(...args: string[]): Promise<string> {
  await requirePrometheus();
  try {
    const { stdout, stderr } = await run("promtool", args, { maxBuffer: 16 * 1024 * 1024 });
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`promtool ${args.slice(0, 2).join(" ")}:\n${stdout}${stderr}`);
  }
}
