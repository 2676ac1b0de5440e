import { type ChildProcess, spawn } from "node:child_process";
import { stat } from "node:fs/promises";

const NOBODY = 65_534;

/** Null: ourselves. As root, as which PostgreSQL refuses to run: whoever owns the folder already, else nobody. */
export async function chooseUser(folder: string): Promise<number | null> {
  if (process.getuid?.() !== 0) return null;
  const found = await stat(folder).catch(() => null);
  return found === null || found.uid === 0 ? NOBODY : found.uid;
}

/**
 * As root on Linux it runs as another user that keeps the right to look into folders (a clone in
 * /root or a private temporary folder is closed to others); access(2) honours that only without the
 * set-uid fix-up (capabilities(7)).
 */
export function spawnAs(
  user: number | null,
  command: string,
  args: readonly string[],
  options: { detached?: boolean; stdio: ["ignore", "ignore" | number, "pipe" | number] },
): ChildProcess {
  const env = { LC_ALL: "C", PATH: "/usr/local/bin:/usr/bin:/bin" };
  if (user === null) return spawn(command, args, { ...options, env });
  if (process.platform !== "linux") {
    return spawn(command, args, { ...options, env, uid: user, gid: user });
  }
  const demote = [
    ...[`--reuid=${user}`, `--regid=${user}`, "--clear-groups"],
    ...["--inh-caps=+dac_override", "--ambient-caps=+dac_override"],
    "--securebits=+no_setuid_fixup",
  ];
  return spawn("setpriv", [...demote, command, ...args], { ...options, env });
}
