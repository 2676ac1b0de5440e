import type { Actor } from "./commit.js";
import { fold } from "./fold.js";

type Author = Omit<Actor, "avatarUrl">;

/** Far beyond any name; an index entry has to fit on a third of a page. */
const KEY_LENGTH_MAX = 200;

/**
 * The one form in which names, logins and e-mails of authors are compared: in lower case, as Unicode has
 * it for every language, composed and decomposed letters alike, without blanks around, by their first 200 characters. The
 * database stores and compares keys; it folds nothing itself, since it would do so in another way.
 */
export function authorKey(text: string): string {
  return fold(text.trim(), "NFC")
    .slice(0, KEY_LENGTH_MAX)
    .toWellFormed()
    .replaceAll("\0", "\uFFFD");
}

/** What commits of one spelling are found by, each by itself. */
export interface SpellingKeys {
  readonly name: string;
  readonly email: string;
  readonly login: string | null;
  /** Who that is among all spellings: by login, else by e-mail, else by name. */
  readonly person: string;
}

export function spellingKeys(author: Author): SpellingKeys {
  const { login, email, name } = author;
  const keys = {
    name: authorKey(name),
    email: authorKey(email),
    login: login === null ? null : authorKey(login),
  };
  return { ...keys, person: personOf(keys) };
}

/** What a commit of this author is found by: login, e-mail and name. */
export function authorKeysOf({ login, email, name }: Author): string[] {
  const keys = new Set([login ?? "", email, name].map(authorKey));
  keys.delete("");
  return [...keys];
}

function personOf({ name, email, login }: Omit<SpellingKeys, "person">): string {
  if (login !== null) return `@${login}`;
  return email === "" ? `"${name}` : email;
}
