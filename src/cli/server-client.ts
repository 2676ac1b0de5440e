import { ConfigError } from "../config/env.js";
import { isTrackerError, TrackerError } from "../domain/errors.js";

const ANSWER_MS_MAX = 30_000;

/** A running tracker, as its command line sees it. */
export interface ServerClient {
  /** The data of one operation. Rejects with what the server said was wrong, readable for a person. */
  ask<Data>(operation: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
}

/** The server at `TRACKER_URL`; without it the one that `HOST` and `PORT` would start here. */
export function createServerClient(env: NodeJS.ProcessEnv): ServerClient {
  const given = env.TRACKER_URL ?? `http://${env.HOST ?? "127.0.0.1"}:${env.PORT ?? "4000"}`;
  if (!URL.canParse(given)) throw new ConfigError([`TRACKER_URL is no address: ${given}`]);
  const url = new URL("/graphql", given);
  return {
    async ask(query, variables = {}) {
      try {
        const response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ query, variables }),
          signal: AbortSignal.timeout(ANSWER_MS_MAX),
        });
        const { data, errors } = (await response.json()) as Answer;
        const [first] = errors ?? [];
        if (first !== undefined) throw new TrackerError("BAD_USER_INPUT", first.message);
        return data as never;
      } catch (cause) {
        if (isTrackerError(cause)) throw cause;
        const message = `No tracker answers at ${url.origin}. Start one (npm start), or name it in TRACKER_URL.`;
        throw new TrackerError("NOT_FOUND", message, {}, { cause });
      }
    },
  };
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string }[];
}
