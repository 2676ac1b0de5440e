import { describe, expect, it } from "vitest";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import { startTestApi } from "./test-api.js";
import { bearer } from "./ways.js";

const VIEWER = "{ viewer { role hasKey isLimited } }";
const SYSTEM =
  "{ system { version parts { name version } queues { name readyCount deadCount } replicas { name } } }";
const KEYS = "{ apiKeys { number name role repositories prefix lastUsedAt revokedAt } }";
const REVOKE =
  "mutation ($number: Int!) { revokeApiKey(number: $number) { apiKey { number revokedAt } } }";

describe("what a front end needs beside what is stored", () => {
  it("tells who asks, and what they may do", async () => {
    await using api = await startTestApi();
    const everybody = { role: "WRITER", hasKey: false, isLimited: false };
    expect((await post(api.url, VIEWER)).data).toEqual({ viewer: everybody });
    const reader = await createApiKey(api.database, { name: "r", role: "READER" });
    const limited = await createApiKey(api.database, {
      ...{ name: "o", role: "OPERATOR" as const, repositories: ["acme/*"] },
    });
    const viewer = async (secret: string) => (await post(api.url, VIEWER, {}, bearer(secret))).data;
    await eventually(async () => {
      expect(await viewer(reader.secret)).toEqual({
        viewer: { role: "READER", hasKey: true, isLimited: false },
      });
    });
    expect(await viewer(limited.secret)).toEqual({
      viewer: { role: "OPERATOR", hasKey: true, isLimited: true },
    });
    expect((await post(api.url, VIEWER)).errors).toMatchObject([
      { extensions: { code: "UNAUTHENTICATED" } },
    ]);
  });

  it("tells version and queues, the latter not to a limited key", async () => {
    await using api = await startTestApi();
    const { data } = await post<{
      system: { version: string; parts: unknown[]; queues: { name: string }[] };
    }>(api.url, SYSTEM);
    expect(data?.system.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(data?.system.parts).toEqual([
      { name: "Node.js", version: process.versions.node },
      { name: "PostgreSQL", version: expect.stringMatching(/^\d+\.\d+$/) },
    ]);
    expect(data?.system.queues).toContainEqual({ name: "pull", readyCount: 0, deadCount: 0 });
    const { secret } = await createApiKey(api.database, {
      ...{ name: "r", role: "READER" as const, repositories: ["acme/*"] },
    });
    await eventually(async () => {
      const limited = await post(api.url, SYSTEM, {}, bearer(secret));
      expect(limited.data).toMatchObject({ system: { parts: [], queues: [], replicas: [] } });
    });
  });

  it("lists and revokes keys for a writer that is not limited, without their secrets", async () => {
    await using api = await startTestApi();
    const writer = await createApiKey(api.database, { name: "w", role: "WRITER" });
    const operator = await createApiKey(api.database, { name: "o", role: "OPERATOR" });
    const limited = await createApiKey(api.database, {
      ...{ name: "l", role: "WRITER" as const, repositories: ["acme/*"] },
    });
    const number = operator.key.id;
    for (const { secret } of [writer, operator, limited]) {
      await eventually(async () => {
        const { data } = await post(api.url, VIEWER, {}, bearer(secret));
        expect(data).toMatchObject({ viewer: { hasKey: true } });
      });
    }
    for (const { secret } of [operator, limited]) {
      for (const operation of [KEYS, REVOKE]) {
        const { data, errors } = await post(api.url, operation, { number }, bearer(secret));
        expect(data ?? null, operation).toBeNull();
        expect(errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
      }
    }
    const listed = JSON.stringify((await post(api.url, KEYS, {}, bearer(writer.secret))).data);
    expect(listed).toContain(`"prefix":"${operator.key.prefix}"`);
    for (const { secret } of [writer, operator, limited]) expect(listed).not.toContain(secret);
    for (let count = 0; count < 2; count += 1) {
      const { data } = await post<{ revokeApiKey: { apiKey: { revokedAt: string | null } } }>(
        ...([api.url, REVOKE, { number }, bearer(writer.secret)] as const),
      );
      expect(data?.revokeApiKey.apiKey.revokedAt).not.toBeNull();
    }
    await eventually(async () => {
      expect((await post(api.url, VIEWER, {}, bearer(operator.secret))).errors).toMatchObject([
        { extensions: { code: "UNAUTHENTICATED" } },
      ]);
    });
    const unknown = await post(api.url, REVOKE, { number: 1_000_000 }, bearer(writer.secret));
    expect(unknown.errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  });
});
