import { Command } from "@commander-js/extra-typings";
import { parseDate, parseSeconds } from "../argument.js";
import { waitForHistories } from "../backfill-wait.js";
import { describeRepository, REPOSITORY_FIELDS, type Repository } from "../client/repository.js";
import type { ServerClient } from "../client/server-client.js";
import { PATIENCE_SECONDS } from "../patience.js";
import type { Tools } from "../tools.js";

const URLS_MAX = 100; // of one operation

interface Result {
  readonly url: string;
  readonly created: boolean;
  readonly repository: Repository | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

const ADD = `mutation ($urls: [String!]!, $trackFrom: DateTime) {
  addRepositories(urls: $urls, trackFrom: $trackFrom) {
    results { url created repository { ${REPOSITORY_FIELDS} } error { code message } }
  }
}`;

export function addCommand(tools: Tools) {
  const { server, output, answerNo } = tools;
  return new Command("add")
    .description("Tracks repositories; one that is tracked already stays as it is.")
    .argument("<url...>", "any address of it, like https://github.com/owner/name, or owner/name")
    .option("--track-from <date>", "leave out history committed before it", parseDate)
    .option("--wait", "until their histories are complete; no: one will not be")
    .option(
      "--timeout <seconds>",
      `with --wait: no longer; absent: until nothing moves for ${PATIENCE_SECONDS}`,
      parseSeconds,
    )
    .action(async (urls, { trackFrom, wait = false, timeout }) => {
      const ids: string[] = [];
      for await (const { url, repository, created, error } of add(server(), urls, trackFrom)) {
        if (repository === null) {
          answerNo();
          const { code = null, message = "It was not added." } = error ?? {};
          await output.fault({ message: `${url}: ${message}`, code, advice: null });
        } else if (wait) {
          ids.push(repository.id);
        } else {
          await output.print({ ...repository, created }, describeAdded);
        }
      }
      if (wait) await waitForHistories(tools, ids, timeout);
    });
}

async function* add(
  server: ServerClient,
  urls: readonly string[],
  trackFrom: string | undefined,
): AsyncGenerator<Result, void, undefined> {
  for (let start = 0; start < urls.length; start += URLS_MAX) {
    const variables = { urls: urls.slice(start, start + URLS_MAX), trackFrom };
    const answer = await server.ask<{ addRepositories: { results: Result[] } }>(ADD, variables);
    yield* answer.addRepositories.results;
  }
}

function describeAdded(repository: Repository & { created: boolean }): string {
  const line = describeRepository(repository);
  return repository.created ? line : `${line}  tracked already`;
}
