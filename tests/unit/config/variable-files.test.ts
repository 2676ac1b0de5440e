import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createConfig } from "../../../src/config/config.js";
import { ConfigError, readDatabaseEnv, readEnv, readPartialEnv } from "../../../src/config/env.js";
import { envSchema } from "../../../src/config/env-schema.js";
import { readGivenKey } from "../../../src/config/given-key.js";
import { SECRET_VARIABLES } from "../../../src/config/variable-files.js";

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const SECRET = "s3cr3t-never-told";
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracker-variables-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function fileOf(content: string | Uint8Array): Promise<string> {
  files += 1;
  const path = join(folder, `${files}-${SECRET}`);
  await writeFile(path, content);
  return path;
}

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(String(error.stack)).not.toContain(SECRET);
    return error.faults;
  }
  return [];
}

describe("a variable given as a file", () => {
  const VALUES = {
    GITHUB_TOKENS: "a,b",
    GITHUB_TOKEN: "c",
    GITHUB_WEBHOOK_SECRET: " kept as it is ",
    DATABASE_URL: "postgresql://u:p%40ss@db/tracker",
    DATABASE_REPLICA_URLS: "postgresql://one/tracker,postgresql://two/tracker",
    RABBITMQ_URL: "amqp://u:p@mq",
  };

  it.each(["", "\n", "\r\n", "\n\n"])(
    "means what it does in the environment, before %j",
    async (end) => {
      const given: Record<string, string> = {};
      for (const [name, value] of Object.entries(VALUES)) {
        given[`${name}_FILE`] = await fileOf(`${value}${end}`);
      }
      expect(readEnv(given)).toEqual(readEnv(VALUES));
      expect(readPartialEnv(given)).toEqual(readPartialEnv(VALUES));
      expect(readDatabaseEnv(given)).toEqual(readDatabaseEnv(VALUES));
    },
  );

  it("is every one that holds a secret, and the command line's key", async () => {
    const secret = /TOKEN|SECRET|DATABASE_(?:REPLICA_)?URL|RABBITMQ_URL/;
    const names = Object.keys(envSchema.shape).filter((name) => secret.test(name));
    expect([...SECRET_VARIABLES].sort()).toEqual([...names, "TRACKER_API_KEY"].sort());
    const key = await fileOf("ghct_key\n");
    expect(readGivenKey({ TRACKER_API_KEY_FILE: key })).toBe("ghct_key");
  });

  it("holds tokens a line each, or in one with commas, as somebody's editor saved them", async () => {
    for (const text of ["a\nb\nc\n", "a,b\r\nc\r\n", "\ufeffa\n\nb, c"]) {
      const { gitHub } = createConfig(readEnv({ GITHUB_TOKENS_FILE: await fileOf(text) }));
      expect(gitHub.tokens.map((token) => token.reveal())).toEqual(["a", "b", "c"]);
    }
  });

  it("is read through a link, as Kubernetes mounts secrets", async () => {
    const link = join(folder, "link");
    await symlink(await fileOf("a"), link);
    expect(readEnv({ GITHUB_TOKEN_FILE: link }).GITHUB_TOKEN).toEqual(["a"]);
  });

  it("counts as unset where its path is empty, and beside an empty variable counts", async () => {
    expect(readEnv({ GITHUB_TOKEN: "a", GITHUB_TOKEN_FILE: "" }).GITHUB_TOKEN).toEqual(["a"]);
    const file = await fileOf("b");
    expect(readEnv({ GITHUB_TOKEN: " ", GITHUB_TOKEN_FILE: file }).GITHUB_TOKEN).toEqual(["b"]);
  });
});

const SECRET_ONES = ["GITHUB_TOKENS", "DATABASE_URL", "GITHUB_WEBHOOK_SECRET"];
const VALUES_OF_DATABASE = { DATABASE_URL: "postgresql://h/d" };
const BROKER = { RABBITMQ_URL: "amqp://mq" };

describe("a variable's file that is wrong is named without its path or what it holds", () => {
  it.each([
    ["missing", async () => join(folder, SECRET, "gone"), /not there \(ENOENT\)/],
    ["the secret itself", async () => `postgresql://u:${SECRET}@db/tracker`, /not there/],
    ["a folder", async () => folder, /must name a file, and no folder or pipe/],
    ["without end", async () => "/dev/zero", /must name a file, and no folder or pipe/],
    ["empty", () => fileOf("\n"), /names an empty file/],
    ["too long", () => fileOf(SECRET.repeat(10_000)), /over 65536 bytes/],
    ["no text", () => fileOf(new Uint8Array([0x73, 0xff, 0xfe])), /no text in UTF-8/],
  ])("%s", async (_case, makePath, meaning) => {
    for (const name of SECRET_ONES) {
      const env = { [`${name}_FILE`]: await makePath() };
      const [fault = "", ...others] = faultsOf(() =>
        readEnv({ ...(name === "DATABASE_URL" && BROKER), ...env }),
      );
      expect(fault.startsWith(`${name}_FILE `)).toBe(true);
      expect(fault).toMatch(meaning);
      expect(others).toEqual([]);
      expect(readPartialEnv(env).faults).toEqual([fault]);
    }
  });

  it("given beside the variable itself", async () => {
    for (const name of SECRET_ONES) {
      const env = { [name]: SECRET, [`${name}_FILE`]: await fileOf(SECRET) };
      const fault = `${name}_FILE must not be set beside ${name}: one of them is to count`;
      expect(faultsOf(() => readEnv(env))).toEqual([fault]);
      expect(readPartialEnv(env).faults).toEqual([fault]);
    }
  });

  it("holding what the variable may not be", async () => {
    const file = await fileOf(`mysql://u:${SECRET}@db`);
    const env = { ...BROKER, GITHUB_TOKENS: "a", DATABASE_URL_FILE: file };
    const fault = "DATABASE_URL must be a URL starting with postgresql:// or postgres://";
    expect(faultsOf(() => readEnv(env))).toEqual([fault]);
    const partial = readPartialEnv(env);
    expect(partial.faults).toEqual([fault]);
    expect(partial.env.DATABASE_URL).toBeUndefined();
  });

  it("not to be read by this user", async () => {
    const path = await fileOf(SECRET);
    await chmod(path, 0o000);
    const isRoot = process.getuid?.() === 0; // whom no mode keeps out
    const { status, stderr } = spawnSync(process.execPath, [MAIN, "migrate"], {
      ...{ encoding: "utf8", env: { DATABASE_URL_FILE: path } },
      ...(isRoot && { uid: 65_534, gid: 65_534 }),
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^.*DATABASE_URL_FILE names a file that this user may not read.*\n$/);
    expect(stderr).not.toContain(SECRET);
  });

  it("beside whatever else is wrong, all at once", () => {
    const env = { DATABASE_URL_FILE: join(folder, "gone"), PORT: "many", ROLES: "api" };
    expect(faultsOf(() => readEnv({ ...BROKER, ...env }))).toEqual([
      "DATABASE_URL_FILE names a file that is not there (ENOENT)",
      "PORT must be a port number",
    ]);
  });

  it("and stops no command that does without it", async () => {
    const env = { ...VALUES_OF_DATABASE, GITHUB_WEBHOOK_SECRET_FILE: join(folder, "gone") };
    expect(readDatabaseEnv(env).DATABASE_URL).toBe(VALUES_OF_DATABASE.DATABASE_URL);
  });
});
