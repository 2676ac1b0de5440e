import { createHash, randomBytes } from "node:crypto";
import { type ApiKey, type ApiRole, type RevokedKey, SECRET_PREFIX } from "../../domain/api-key.js";
import { TrackerError } from "../../domain/errors.js";
import type { Database } from "../../postgres/database.js";
import { databaseError } from "../../postgres/database-error.js";

const SECRET_BYTES = 20;
const SHOWN_CHARS = SECRET_PREFIX.length + 4;
/** Of keys that are not revoked: every API process holds them all. */
const KEYS_MAX = 1_000;

const SHOWN = {
  id: true,
  name: true,
  role: true,
  repositories: true,
  prefix: true,
  createdAt: true,
  lastUsedAt: true,
  revokedAt: true,
} as const;

/** A key that can be used now. */
export interface UsableKey {
  readonly id: number;
  readonly role: ApiRole;
  /** What it is limited to, as `scopeOf` takes it. */
  readonly repositories: readonly string[];
  /** Of its secret, by `hashSecret`. */
  readonly hash: string;
}

/** A secret is as random as its hash: no salt, no slow function. */
export function hashSecret(secret: string): string {
  return digest(secret).toString("hex");
}

function digest(secret: string): Uint8Array<ArrayBuffer> & Buffer {
  return createHash("sha256").update(secret).digest();
}

export interface NewApiKey {
  readonly name: string;
  readonly role: ApiRole;
  /** What it is limited to, as `parsePatterns` gives it; absent: nothing. */
  readonly repositories?: readonly string[] | undefined;
}

/** The only moment at which the secret is known. */
export async function createApiKey(
  database: Database,
  key: NewApiKey,
): Promise<{ key: ApiKey; secret: string }> {
  const secret = `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString("hex")}`;
  return { key: await run(() => storeApiKey(database, { ...key, secret })), secret };
}

/** One whose secret was made elsewhere. Once there it stays as it is, however often this is asked. */
export async function registerApiKey(
  database: Database,
  key: NewApiKey & { readonly secret: string },
): Promise<ApiKey> {
  const known = () =>
    database.primary.apiKey.findUnique({
      where: { secretHash: digest(key.secret) },
      select: SHOWN,
    });
  return await run(async () => {
    const stored = (await known()) ?? (await storeApiKey(database, key).catch(known));
    if (stored?.revokedAt === null) return stored;
    if (stored === null) return await storeApiKey(database, key); // tells why it could not be
    const message = `That key, ${stored.id} (${stored.name}), was revoked and stays so; make another.`;
    throw new TrackerError("BAD_USER_INPUT", message);
  });
}

async function storeApiKey(
  { primary }: Database,
  { name, role, repositories, secret }: NewApiKey & { readonly secret: string },
): Promise<ApiKey> {
  if ((await primary.apiKey.count({ where: { revokedAt: null } })) >= KEYS_MAX) {
    const message = `There are ${KEYS_MAX} keys already; revoke some that are not used.`;
    throw new TrackerError("BAD_USER_INPUT", message);
  }
  const prefix = secret.slice(0, SHOWN_CHARS);
  const limits = repositories === undefined ? {} : { repositories: [...repositories] };
  const data = { name, role, prefix, secretHash: digest(secret), ...limits };
  return await primary.apiKey.create({ data, select: SHOWN });
}

/** Revoked ones too, the oldest first. */
export async function listApiKeys({ primary }: Database): Promise<ApiKey[]> {
  return await run(() => primary.apiKey.findMany({ select: SHOWN, orderBy: { id: "asc" } }));
}

/** Null when there is no such key. */
export async function revokeApiKey({ primary }: Database, id: number): Promise<RevokedKey | null> {
  return await run(async () => {
    const count = await primary.$executeRaw`
      update api_key set revoked_at = now() where id = ${id} and revoked_at is null`;
    const key = await primary.apiKey.findUnique({ where: { id }, select: SHOWN });
    return key === null ? null : { key, changed: count > 0 };
  });
}

/** Whether there has ever been a key, and those that can be used now. */
export async function readUsableKeys({
  primary,
}: Database): Promise<{ isKeyNeeded: boolean; keys: UsableKey[] }> {
  return await run(async () => {
    const rows = await primary.apiKey.findMany({
      where: { revokedAt: null },
      select: { id: true, role: true, repositories: true, secretHash: true },
    });
    const keys = rows.map(({ secretHash, ...key }) => ({
      ...key,
      hash: Buffer.from(secretHash).toString("hex"),
    }));
    return { isKeyNeeded: keys.length > 0 || (await primary.apiKey.count()) > 0, keys };
  });
}

export async function recordKeyUse({ primary }: Database, id: number): Promise<void> {
  await run(() => primary.$executeRaw`update api_key set last_used_at = now() where id = ${id}`);
}

async function run<T>(work: () => Promise<T>): Promise<T> {
  return await work().catch((error: unknown) => {
    throw databaseError(error);
  });
}
