import { createStore } from "./store.js";

const KEPT_AS = "tracker:api-key";

/** The API key, for this tab until it is closed; never in an address. */
export const apiKey = createStore<string | null>(sessionStorage.getItem(KEPT_AS));

/** Why a key is asked for; null: it is not. */
export const signInReason = createStore<string | null>(null);

export const headersOf = (key: string | null): Record<string, string> =>
  key === null ? {} : { authorization: `Bearer ${key}` };

export function signIn(given: string): void {
  const key = given.trim().replace(/^Bearer +/i, "");
  sessionStorage.setItem(KEPT_AS, key);
  apiKey.set(key);
  signInReason.set(null);
}

export function signOut(reason: string): void {
  sessionStorage.removeItem(KEPT_AS);
  apiKey.set(null);
  signInReason.set(reason);
}

/** The server takes no operation without a key, or not with this one: told once, and of no earlier one. */
export function refuse(key: string | null): void {
  if (key !== apiKey.get() || signInReason.get() !== null) return;
  const isUnknown = key !== null;
  signOut(isUnknown ? "This key is unknown or was revoked." : "This tracker asks for an API key.");
}
