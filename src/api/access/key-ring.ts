import type { Logger } from "pino";
import { type ApiRole, isApiSecret } from "../../domain/api-key.js";
import { TrackerError } from "../../domain/errors.js";
import { type RepositoryScope, scopeOf } from "../../domain/repository-scope.js";
import type { Database } from "../../postgres/database.js";
import {
  hashSecret,
  readUsableKeys,
  recordKeyUse,
  type UsableKey,
} from "../../store/keys/api-key-store.js";

/** Who sends an operation. */
export interface Caller {
  /** Null where no key is needed. */
  readonly keyId: number | null;
  readonly role: ApiRole;
  /** What the key is limited to; null: nothing. */
  readonly scope: RepositoryScope | null;
}

/**
 * The keys that can be used now, as this process knows them: at most two seconds old, and a tenth
 * of a second where none is needed yet or one is unknown. While the database is away they stay as
 * they are.
 *
 * Where there has never been a key everybody may do everything. With the first one that is over, and
 * it stays so when all are revoked.
 */
export interface KeyRing {
  /** Rejects with `UNAUTHENTICATED`. */
  identify(secret: string | null): Promise<Caller>;
  /** False where nobody has needed one so far. */
  isKeyNeeded(): boolean;
  /** Calls `onRevoked` once, within seconds of the caller's key being revoked. Returns an end to that. */
  hold(caller: Caller, onRevoked: () => void): () => void;
  stop(): void;
}

const KEYS_AGE_MS_MAX = 2_000;
const UNKNOWN_AGE_MS_MAX = 100;
const USE_RECORDED_MS = 60_000;

/** Where there has never been a key. */
const EVERYBODY: Caller = { keyId: null, role: "WRITER", scope: null };

/** Resolves with the keys read; rejects when they cannot be. */
export async function openKeyRing({
  database,
  logger,
}: {
  database: Database;
  logger: Logger;
}): Promise<KeyRing> {
  const ring = new DatabaseKeyRing(database, logger);
  await ring.load();
  return ring;
}

interface Held {
  readonly caller: Caller;
  readonly onRevoked: () => void;
}

class DatabaseKeyRing implements KeyRing {
  #isKeyNeeded = false;
  #byHash = new Map<string, Caller & { readonly keyId: number }>();
  #readAt = 0;
  #reading: Promise<void> | null = null;
  readonly #usedAt = new Map<number, number>();
  readonly #held = new Set<Held>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  async load(): Promise<void> {
    const startedAt = performance.now();
    const { isKeyNeeded, keys } = await readUsableKeys(this.database);
    this.#isKeyNeeded ||= isKeyNeeded;
    this.#byHash = new Map(keys.map((key) => [key.hash, toCaller(key)]));
    this.#readAt = startedAt;
    for (const id of this.#usedAt.keys()) {
      if (!keys.some((key) => key.id === id)) this.#usedAt.delete(id);
    }
  }

  async identify(secret: string | null): Promise<Caller> {
    await this.#refresh(this.#isKeyNeeded ? KEYS_AGE_MS_MAX : UNKNOWN_AGE_MS_MAX);
    if (!this.#isKeyNeeded) return EVERYBODY;
    if (secret === null) throw new TrackerError("UNAUTHENTICATED", "An API key is needed.");
    const hash = isApiSecret(secret) ? hashSecret(secret) : "";
    if (hash !== "" && !this.#byHash.has(hash)) await this.#refresh(UNKNOWN_AGE_MS_MAX);
    const caller = this.#byHash.get(hash);
    if (caller === undefined) {
      throw new TrackerError("UNAUTHENTICATED", "This API key is unknown or revoked.");
    }
    this.#recordUse(caller.keyId);
    return caller;
  }

  isKeyNeeded(): boolean {
    return this.#isKeyNeeded;
  }

  hold(caller: Caller, onRevoked: () => void): () => void {
    const held = { caller, onRevoked };
    this.#held.add(held);
    this.#timer ??= setInterval(() => void this.#sweep(), KEYS_AGE_MS_MAX);
    return () => this.#release(held);
  }

  stop(): void {
    for (const held of this.#held) this.#release(held);
  }

  #release(held: Held): void {
    this.#held.delete(held);
    if (this.#held.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  async #sweep(): Promise<void> {
    await this.#refresh(UNKNOWN_AGE_MS_MAX);
    const ids = new Set([...this.#byHash.values()].map(({ keyId }) => keyId));
    for (const held of this.#held) {
      const { keyId } = held.caller;
      if (keyId === null ? !this.#isKeyNeeded : ids.has(keyId)) continue;
      this.#release(held);
      held.onRevoked();
    }
  }

  /** One read at a time, whoever waits for it. */
  async #refresh(ageMsMax: number): Promise<void> {
    if (performance.now() - this.#readAt <= ageMsMax) return;
    this.#reading ??= this.load()
      .catch((err: unknown) => {
        this.#readAt = performance.now(); // not again for each request
        this.logger.debug({ err }, "keys could not be read, the last known ones count");
      })
      .finally(() => {
        this.#reading = null;
      });
    await this.#reading;
  }

  #recordUse(id: number): void {
    const now = performance.now();
    if (now - (this.#usedAt.get(id) ?? Number.NEGATIVE_INFINITY) < USE_RECORDED_MS) return;
    this.#usedAt.set(id, now);
    recordKeyUse(this.database, id).catch((err: unknown) =>
      this.logger.debug({ err }, "use of a key not recorded"),
    );
  }
}

function toCaller({ id, role, repositories }: UsableKey) {
  return { keyId: id, role, scope: scopeOf(repositories) };
}
