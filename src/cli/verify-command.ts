import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ConfigError } from "../config/env.js";
import type { ServerClient } from "./server-client.js";

const POLL_MS = 500;
const NAMES_PER_PAGE = 100;

interface Verified {
  readonly nameWithOwner: string;
  readonly state: string;
  readonly completeness: {
    readonly complete: boolean;
    readonly isChecking: boolean;
    readonly storedCount: number;
    readonly githubCount: number | null;
    readonly listedCount: number;
    readonly missingCount: number;
    readonly faultCount: number;
    readonly error: string | null;
  };
}

const FIELDS = `nameWithOwner state completeness {
  complete isChecking storedCount githubCount listedCount missingCount faultCount error
}`;

/**
 * `tracker verify [REPOSITORY] [--deep] [--json]`: has one repository, or all, held against GitHub and
 * waits for the results. Returns the exit code: 0 when everything is complete and was found so.
 */
export async function verify(args: readonly string[], server: ServerClient): Promise<number> {
  const { repository, deep, json } = readArguments(args);
  const names = repository === undefined ? await listNames(server) : [repository];
  // All are asked for first: a server works on them while the first results are shown.
  for (const name of names) {
    await server.ask(
      `mutation ($name: String!, $deep: Boolean!) { verifyRepository(repository: $name, deep: $deep) { id } }`,
      { name, deep },
    );
  }
  let code = 0;
  for (const name of names) {
    const result = await waitForResult(server, name);
    if (!isRight(result)) code = 1;
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${describe(result, deep)}\n`);
  }
  return code;
}

function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { deep: { type: "boolean" }, json: { type: "boolean" } },
      allowPositionals: true,
    });
    if (positionals.length > 1) throw new Error("more than one repository was given");
    return { repository: positionals[0], deep: values.deep ?? false, json: values.json ?? false };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`usage: tracker verify [REPOSITORY] [--deep] [--json]; ${why}`]);
  }
}

async function listNames(server: ServerClient): Promise<string[]> {
  const names: string[] = [];
  for (let after: string | null = null; ; ) {
    const { repositories }: RepositoriesPage = await server.ask<RepositoriesPage>(
      `query ($first: Int, $after: String) {
        repositories(first: $first, after: $after) {
          nodes { nameWithOwner } pageInfo { hasNextPage endCursor }
        }
      }`,
      { first: NAMES_PER_PAGE, after },
    );
    names.push(...repositories.nodes.map(({ nameWithOwner }) => nameWithOwner));
    if (!repositories.pageInfo.hasNextPage) return names;
    after = repositories.pageInfo.endCursor;
  }
}

async function waitForResult(server: ServerClient, name: string): Promise<Verified> {
  for (;;) {
    const { repository } = await server.ask<{ repository: Verified | null }>(
      `query ($name: String!) { repository(nameWithOwner: $name) { ${FIELDS} } }`,
      { name },
    );
    if (repository === null) throw new ConfigError([`${name} is not tracked any more`]);
    if (!repository.completeness.isChecking) return repository;
    await delay(POLL_MS);
  }
}

function isRight({ completeness }: Verified): boolean {
  const { complete, error, missingCount, faultCount } = completeness;
  return complete && error === null && missingCount + faultCount === 0;
}

function describe(result: Verified, deep: boolean): string {
  const { nameWithOwner, completeness } = result;
  const { storedCount, githubCount, listedCount, missingCount, faultCount, error } = completeness;
  const facts = [
    `${storedCount} stored`,
    ...(githubCount === null ? [] : [`${githubCount} on GitHub`]),
    ...(deep ? [`${listedCount} listed`] : []),
    ...(missingCount > 0 ? [`${missingCount} were missing and are being fetched`] : []),
    ...(faultCount > 0 ? [`${faultCount} contradictions were put right`] : []),
    ...(error === null ? [] : [error]),
  ];
  return `${isRight(result) ? "complete" : "NOT complete"}  ${nameWithOwner}  ${facts.join(", ")}`;
}

interface RepositoriesPage {
  readonly repositories: {
    readonly nodes: readonly { readonly nameWithOwner: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}
