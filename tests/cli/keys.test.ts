import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiRole } from "../../src/domain/api-key.js";
import { createApiKey, revokeApiKey } from "../../src/store/keys/api-key-store.js";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { startTestApi, type TestApi } from "../api/test-api.js";
import { runCommand, startCommand } from "../support/command-line.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";

describe("the command line and a server with keys", () => {
  let api: TestApi;
  let reader: { id: number; secret: string };
  const make = async (role: ApiRole) => {
    const { key, secret } = await createApiKey(api.database, { name: role, role });
    return { id: key.id, secret };
  };
  const envOf = (secret: string) => ({ TRACKER_URL: api.url, TRACKER_API_KEY: secret });

  beforeAll(async () => {
    api = await startTestApi();
    reader = await make("READER");
    await eventually(async () =>
      expect((await post(api.url, "{ feed { sequence } }")).errors).toBeDefined(),
    );
  });
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });

  it("asks for a key where one is needed, and for another where it is unknown", async () => {
    const without = await runCommand(["list"], { TRACKER_URL: api.url });
    expect(without.code).toBe(1);
    expect(without.stderr).toContain("[UNAUTHENTICATED]");
    expect(without.stderr).toContain("Set TRACKER_API_KEY");
    const unknown = await runCommand(["watch"], envOf(`ghct_${"0".repeat(40)}`));
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("Set TRACKER_API_KEY");
  });

  const refusedTo = async (secret: string, ...args: string[]) => {
    const { code, stderr } = await runCommand(args, envOf(secret));
    expect(code).toBe(1);
    expect(stderr).toContain("[FORBIDDEN]");
  };

  it("reads with a reader's key, adds with an operator's, and removes with a writer's alone", async () => {
    expect((await runCommand(["list"], envOf(reader.secret))).code).toBe(0);
    await refusedTo(reader.secret, "add", "octo/one");
    const operator = (await make("OPERATOR")).secret;
    const writer = (await make("WRITER")).secret;
    await eventually(async () =>
      expect((await runCommand(["add", "octo/one"], envOf(operator))).code).toBe(0),
    );
    expect((await runCommand(["pause", "octo/one"], envOf(operator))).code).toBe(0);
    await refusedTo(operator, "remove", "octo/one", "--yes");
    expect((await runCommand(["remove", "octo/one", "--yes"], envOf(writer))).code).toBe(0);
  });

  it("ends watching when its key is revoked, and tells the cursor", async () => {
    await using watching = startCommand(["watch"], envOf(reader.secret));
    await eventually(() => expect(watching.stderr()).toContain("Watching what comes after 0"));
    await storeEvent(api.database, await storeRepository(api.database, "octo", "seen"), line(1, 1));
    await api.ring();
    await eventually(() => expect(watching.stdout()).toContain("octo/seen"));
    await revokeApiKey(api.database, reader.id);
    const { code, stderr } = await watching.ended;
    expect(code).toBe(1);
    expect(stderr).toContain("This API key was revoked [UNAUTHENTICATED]");
    expect(stderr).toContain("tracker watch --after 1");
  });

  it("waits for a commit with a reader's key", async () => {
    const { secret } = await make("READER");
    const [commit] = line(2, 1);
    const id = await storeRepository(api.database, "octo", "awaited");
    await storeEvent(api.database, id, line(2, 1));
    const args = ["wait-for", "octo/awaited", commit?.oid ?? ""];
    const { stdout } = await eventually(async () => {
      const ended = await runCommand(args, envOf(secret));
      expect(ended.code).toBe(0);
      return ended;
    });
    expect(stdout).toContain(`${commit?.oid}  stored`);
  });
});
