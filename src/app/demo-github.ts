import { TrackerError } from "../domain/errors.js";
import type { GitHub, Sighting } from "../github/github.js";

/** The demo's GitHub: whoever asks it for anything else learns what it is, and how to get to the real one. */
export function createDemoGitHub(gitHub: GitHub, known: readonly string[]): GitHub {
  const list = new Intl.ListFormat("en").format(known);
  const message = `This is the demo; it knows ${list}. Set GITHUB_TOKENS for github.com.`;
  const explain = (error: unknown) =>
    error instanceof TrackerError && error.code === "GITHUB_NOT_FOUND"
      ? new TrackerError(error.code, message, error.details, { cause: error })
      : error;
  const explainAll = <Seen>(sightings: Sighting<Seen>[]) =>
    sightings.map((one) =>
      one.kind === "failed" ? { ...one, error: explain(one.error) as TrackerError } : one,
    );
  return {
    ...gitHub,
    glance: async (refs, options) => explainAll(await gitHub.glance(refs, options)),
    lookUp: async (refs, options) => explainAll(await gitHub.lookUp(refs, options)),
    ownedRepositories: (request, options) =>
      gitHub.ownedRepositories(request, options).catch((error: unknown) => {
        throw explain(error);
      }),
  };
}
