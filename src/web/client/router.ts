import { createStore, useStore } from "./store.js";

export interface Place {
  readonly path: string;
  readonly search: URLSearchParams;
}

const here = (): Place => ({
  path: location.pathname,
  search: new URLSearchParams(location.search),
});
const place = createStore(here());
addEventListener("popstate", () => place.set(here()));

export const usePlace = (): Place => useStore(place);

export function go(address: string, { replaces = false } = {}): void {
  if (replaces) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  const isElsewhere = location.pathname !== place.get().path;
  place.set(here());
  if (!isElsewhere) return;
  scrollTo(0, 0);
  // Who does not see the page is told that it is another one.
  document.querySelector<HTMLElement>("#content")?.focus({ preventScroll: true });
}

/** Puts a choice into the address, so that it can be shared; empty ones are left out. */
export function choose(changes: Readonly<Record<string, string | readonly string[] | null>>): void {
  const { path, search } = here();
  for (const [name, value] of Object.entries(changes)) {
    search.delete(name);
    const values = typeof value === "string" ? [value] : (value ?? []);
    for (const one of values) if (one !== "") search.append(name, one);
  }
  const text = search.toString();
  go(text === "" ? path : `${path}?${text}`, { replaces: true });
}

/** The parts of a path that a pattern names; null where it is another. */
export function match(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split("/");
  const given = path.replace(/(.)\/$/, "$1").split("/");
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":")) found[part.slice(1)] = decoded(value);
    else if (part !== value) return null;
  }
  return found;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // no such encoding
  }
}

export const repositoryPath = (nameWithOwner: string) => `/repositories/${nameWithOwner}`;
export const commitPath = (nameWithOwner: string, oid: string) =>
  `/commits/${nameWithOwner}/${oid}`;
