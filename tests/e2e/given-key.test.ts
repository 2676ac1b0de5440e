import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/command-line.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

describe("tracker keys create --given, for a key that was made elsewhere", () => {
  const secret = `ghct_${randomBytes(20).toString("hex")}`;
  const CREATE = ["keys", "create", "--name", "first", "--role", "writer", "--given"];
  let database: TestDatabase;
  let folder: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await createTestDatabase({ connectionsMax: 1 });
    folder = await mkdtemp(join(tmpdir(), "tracker-given-"));
    const [url, key] = [join(folder, "url"), join(folder, "key")];
    await writeFile(url, `${database.url}\n`);
    await writeFile(key, `${secret}\n`);
    env = { DATABASE_URL_FILE: url, TRACKER_API_KEY_FILE: key };
  });
  afterAll(async () => {
    await database?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const keysThere = async () => {
    const { stdout } = await runCommand(["keys", "list", "--json"], env);
    const lines = stdout.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  it("makes it once, however many ask, and shows none of it", async () => {
    const ran = await Promise.all(Array.from({ length: 3 }, () => runCommand(CREATE, env)));
    for (const { code, stdout, stderr } of ran) {
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(/^Key \d+ \(first, writer, all\), in the database /);
      expect(stdout + stderr).not.toContain(secret);
    }
    expect(await keysThere()).toMatchObject([{ name: "first", role: "WRITER" }]);
  });

  it("brings back none that was revoked", async () => {
    const [{ id } = { id: null }] = await keysThere();
    expect((await runCommand(["keys", "revoke", String(id)], env)).code).toBe(0);
    const { code, stderr } = await runCommand(CREATE, env);
    expect(code).toBe(1);
    expect(stderr).toContain("was revoked and stays so");
    expect(stderr).not.toContain(secret);
  });

  it("asks for one, and for the form of those that are made here", async () => {
    const { DATABASE_URL_FILE = "" } = env;
    const without = await runCommand(CREATE, { DATABASE_URL_FILE });
    expect(without).toMatchObject({ code: 1 });
    expect(without.stderr).toContain("TRACKER_API_KEY or TRACKER_API_KEY_FILE must be set");
    const other = await runCommand(CREATE, {
      DATABASE_URL_FILE,
      TRACKER_API_KEY: "hunter2hunter2",
    });
    expect(other).toMatchObject({ code: 1 });
    expect(other.stderr).toContain("TRACKER_API_KEY must be ghct_ and 40 hexadecimal digits");
    expect(other.stderr).not.toContain("hunter2");
  });
});
