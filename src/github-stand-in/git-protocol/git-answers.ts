import type { HttpAnswer } from "../graphql/github-error.js";

const PLAIN = { "content-type": "text/plain; charset=UTF-8" };

function plain(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
  return { status, headers: { ...PLAIN, ...headers }, body } satisfies HttpAnswer;
}

/** Also where there may be something that only somebody may see. */
export function whoAreYou(): HttpAnswer {
  const headers = { "www-authenticate": 'Basic realm="GitHub"' };
  return plain(401, "Repository not found.\n", headers);
}

export function badToken(): HttpAnswer {
  const words =
    "Invalid username or token. Password authentication is not supported for Git operations.\n";
  return plain(401, words, { "www-authenticate": 'Basic realm="GitHub"' });
}

export function noSuchRepository(): HttpAnswer {
  return plain(404, "Repository not found.\n");
}

export function notForYou(): HttpAnswer {
  return plain(403, "The organization has protected this repository against your token.\n");
}

export function disabled(): HttpAnswer {
  return plain(403, "Access to this repository has been disabled by GitHub staff.\n");
}

/** Where a repository is now that was renamed or handed on. */
export function movedTo(url: string): HttpAnswer {
  return plain(301, "", { location: url });
}
