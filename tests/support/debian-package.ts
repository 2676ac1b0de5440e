import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const INSTALL_TIMEOUT_MS = 300_000;

/** Tries `apt-get install` where that can work: as root on Debian and its kin. The caller says what is missing. */
export async function installOnDebian(name: string): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return;
  const install = ["install", "-y", "--no-install-recommends", name];
  try {
    await aptGet(install);
  } catch {
    // A new machine has no package lists yet, or old ones.
    await aptGet(["update"]).catch(() => {});
    await aptGet(install).catch(() => {});
  }
}

async function aptGet(args: string[]): Promise<void> {
  await promisify(execFile)("apt-get", ["-o", "DPkg::Lock::Timeout=120", ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: 16 * 1024 * 1024,
  });
}
