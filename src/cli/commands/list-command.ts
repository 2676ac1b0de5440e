import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { REPOSITORY_STATES, type RepositoryState } from "../../domain/repository.js";
import { PAGE_INFO, type Page } from "../client/pages.js";
import { showPages } from "../terminal/show-pages.js";
import { dateOf } from "../terminal/time-text.js";
import type { Tools } from "../tools.js";

interface Listed {
  readonly nameWithOwner: string;
  readonly state: RepositoryState;
  readonly commitCount: number;
  readonly lastCheckedAt: string | null;
  readonly lastError: string | null;
}

const LIST = `query ($first: Int!, $after: String, $filter: RepositoryFilter) {
  repositories(first: $first, after: $after, filter: $filter) {
    nodes { id nameWithOwner state commitCount headOid lastCheckedAt lastFetchedAt lastError }
    ${PAGE_INFO}
  }
}`;

const COLUMNS = [
  { title: "REPOSITORY", of: (row: Listed) => row.nameWithOwner, cutAt: "start" as const },
  { title: "STATE", of: (row: Listed) => row.state },
  { title: "COMMITS", of: (row: Listed) => row.commitCount },
  { title: "CHECKED", of: (row: Listed) => dateOf(row.lastCheckedAt), isExtra: true },
  { title: "ERROR", of: (row: Listed) => row.lastError ?? "" },
];

export function listCommand({ server, output }: Tools) {
  return new Command("list")
    .description("Lists what is tracked, in the order it was added.")
    .addOption(
      new Option("--state <state>", "several with commas")
        .choices(REPOSITORY_STATES.map((state) => state.toLowerCase()))
        .argParser(parseStates),
    )
    .option("--owner <login>", "of this user or organisation")
    .action(async ({ state: states, owner }) => {
      const filter = { ...(states && { states }), ...(owner !== undefined && { owner }) };
      const readPage = async (place: object) => {
        const variables = { ...place, filter };
        return (await server().ask<{ repositories: Page<Listed> }>(LIST, variables)).repositories;
      };
      const whenEmpty = "Nothing like that is tracked; `tracker add URL` adds a repository.";
      await showPages(output, readPage, { columns: COLUMNS, whenEmpty });
    });
}

function parseStates(text: string): RepositoryState[] {
  return text
    .toUpperCase()
    .split(",")
    .map((given) => {
      const state = REPOSITORY_STATES.find((name) => name === given.trim());
      if (state !== undefined) return state;
      throw new InvalidArgumentError(`There are ${REPOSITORY_STATES.join(", ")}.`);
    });
}
