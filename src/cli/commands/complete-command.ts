import { Command } from "@commander-js/extra-typings";
import { PAGE_INFO, type Page, readPages } from "../client/pages.js";
import type { ServerClient } from "../client/server-client.js";
import { findCandidates } from "../completion/candidates.js";
import { COMPLETE } from "../completion/shell-scripts.js";
import type { Tools } from "../tools.js";

const NAMES = `query ($first: Int!, $after: String, $filter: RepositoryFilter) {
  repositories(first: $first, after: $after, filter: $filter, orderBy: { field: NAME }) {
    nodes { nameWithOwner } ${PAGE_INFO}
  }
}`;
const NAMES_MAX = 1_000;
/** Somebody waits at the keyboard. */
const ANSWER_MS_MAX = 1_500;

/** What shells ask while somebody types: a candidate a line, and a tab before what it is about. */
export function completeCommand({ server, output }: Tools) {
  return new Command(COMPLETE)
    .argument("[words...]", "those after `tracker`, up to the one at the cursor")
    .action(async (words, _options, command) => {
      const program = command.parent ?? command;
      const found = await findCandidates(program, words, async (begin) => {
        // A server that is away, or takes no key, has nothing to say here.
        return await findNames(server(), begin).catch(() => []);
      });
      await output.raw(found.map(({ value, about }) => `${value}\t${about}\n`).join(""));
    });
}

async function findNames(server: ServerClient, begin: string): Promise<string[]> {
  const [owner, name] = begin.split("/");
  const filter = name === undefined ? {} : { owner, ...(name !== "" && { nameContains: name }) };
  const names: string[] = [];
  const pages = readPages(async (place) => {
    const options = { answerMsMax: ANSWER_MS_MAX };
    const answer = await server.ask<{ repositories: Page<{ nameWithOwner: string }> }>(
      NAMES,
      { ...place, filter },
      options,
    );
    return answer.repositories;
  }, NAMES_MAX);
  for await (const page of pages) names.push(...page.map(({ nameWithOwner }) => nameWithOwner));
  return names;
}
