import type { PresenceContext } from "../http/client-presence.js";

/**
 * The operations of one connection that outlives them: each is waited for until its client has completed
 * it, or the connection is gone.
 */
export class OperationPresences {
  readonly #underWay = new Map<string, Presence>();

  /** Before anything of it is done, so that no `complete` is missed. */
  begin(id: string): PresenceContext {
    const presence = new Presence();
    this.#underWay.set(id, presence);
    return presence;
  }

  /** A message from the client, before it is acted upon. */
  hear(text: string): void {
    if (!text.includes('"complete"')) return;
    const { type, id } = messageOf(text);
    if (type !== "complete" || typeof id !== "string") return;
    this.#underWay.get(id)?.leave();
    this.#underWay.delete(id);
  }

  /** It has its answer. Its id may be another's by now, whose client is there still. */
  end(id: string, { untilGone }: PresenceContext): void {
    if (this.#underWay.get(id)?.untilGone === untilGone) this.#underWay.delete(id);
  }

  leave(): void {
    for (const presence of this.#underWay.values()) presence.leave();
    this.#underWay.clear();
  }
}

/** Most operations never ask whether their client is there. */
class Presence implements PresenceContext {
  #isGone = false;
  #gone: AbortController | null = null;

  readonly untilGone = (): AbortSignal => {
    this.#gone ??= new AbortController();
    if (this.#isGone) this.#gone.abort();
    return this.#gone.signal;
  };

  leave(): void {
    this.#isGone = true;
    this.#gone?.abort();
  }
}

function messageOf(text: string): { type?: unknown; id?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {}; // the protocol's server says so
  }
}
