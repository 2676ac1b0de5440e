import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isApiSecret } from "../../../src/domain/api-key.js";

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("../../../containers/secrets.sh", import.meta.url));
/** What a URL, a shell, `printf` and a regular expression each take for something else. */
const ODD = "p@ss/w:rd#1?&%20\\n'\"$x `é";

describe("containers/secrets.sh", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tracker-secrets-"));
    await cp(SCRIPT, join(folder, "containers/secrets.sh"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const make = (env: Readonly<Record<string, string>> = {}) =>
    run("sh", [join(folder, "containers/secrets.sh")], { env: { PATH: process.env.PATH, ...env } });
  const read = async (name: string) =>
    (await readFile(join(folder, "secrets", name), "utf8")).replace(/\n$/, "");

  it("makes a file of each in a folder that nobody else can enter, and shows none", async () => {
    const { stdout, stderr } = await make({ GITHUB_TOKENS: "one,two" });
    const names = await readdir(join(folder, "secrets"));
    expect(names.sort()).toEqual([
      ...["api-key", "database-replica-urls", "database-url", "github-tokens"],
      ...["github-webhook-secret", "postgres-password", "rabbitmq-password", "rabbitmq-url"],
    ]);
    expect((await stat(join(folder, "secrets"))).mode & 0o777).toBe(0o700);
    for (const name of names) {
      expect((await stat(join(folder, "secrets", name))).mode & 0o777, name).toBe(0o444);
      expect(stdout + stderr).not.toContain(await read(name));
    }
    expect(await read("github-tokens")).toBe("one,two");
    expect(isApiSecret(await read("api-key"))).toBe(true);
  });

  it("makes passwords by chance, and takes any that there are, unchanged and whole in URLs", async () => {
    await make({ GITHUB_TOKENS: "t" });
    expect(await read("postgres-password")).toMatch(/^[0-9a-f]{48}$/);
    expect(await read("postgres-password")).not.toBe(await read("rabbitmq-password"));
    await rm(join(folder, "secrets"), { recursive: true });
    await make({ GITHUB_TOKENS: "t", POSTGRES_PASSWORD: ODD, RABBITMQ_PASSWORD: ODD });
    expect(await read("postgres-password")).toBe(ODD);
    for (const [name, host] of [
      ["database-url", "postgres:5432"],
      ["database-replica-urls", "replica:5432"],
      ["rabbitmq-url", "rabbitmq:5672"],
    ] as const) {
      const url = new URL(await read(name));
      expect(decodeURIComponent(url.password), name).toBe(ODD);
      expect(url.host).toBe(host);
    }
  });

  it("keeps what is there, and makes URLs anew from a password that was put there", async () => {
    await make({ GITHUB_TOKENS: "t" });
    const key = await read("api-key");
    await rm(join(folder, "secrets/postgres-password"));
    await writeFile(join(folder, "secrets/postgres-password"), "chosen\n");
    await make({ GITHUB_TOKENS: "another", POSTGRES_PASSWORD: "another" });
    expect(await read("api-key")).toBe(key);
    expect(await read("github-tokens")).toBe("t");
    expect(new URL(await read("database-url")).password).toBe("%63%68%6f%73%65%6e");
  });

  it("says what is missing where nobody can be asked", async () => {
    await expect(make()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Set GITHUB_TOKENS"),
    });
  });
});
