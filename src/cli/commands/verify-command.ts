import { setTimeout as delay } from "node:timers/promises";
import { Command } from "@commander-js/extra-typings";
import { PAGE_INFO, type Page, readPages } from "../pages.js";
import { requireRepository } from "../repository.js";
import type { ServerClient } from "../server-client.js";
import type { Tools } from "../tools.js";

const POLL_MS = 500;

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

const VERIFY = `mutation ($name: String!, $deep: Boolean!) {
  verifyRepository(repository: $name, deep: $deep) { id }
}`;
const NAMES = `query ($first: Int!, $after: String) {
  repositories(first: $first, after: $after) { nodes { nameWithOwner } ${PAGE_INFO} }
}`;

export function verifyCommand({ server, output, answerNo }: Tools) {
  return new Command("verify")
    .description("Holds what is stored against GitHub, and waits for the result; no: not complete.")
    .argument("[repository]", "owner/name, or an id; absent: all")
    .option("--deep", "GitHub's whole history again, oid by oid: a point for each hundred commits")
    .action(async (repository, { deep = false }) => {
      const names = repository === undefined ? await listNames(server()) : [repository];
      // All are asked for first: a server works on them while the first results are shown.
      for (const name of names) await server().ask(VERIFY, { name, deep });
      for (const name of names) {
        const result = await waitForResult(server(), name);
        if (!isRight(result)) answerNo();
        await output.print(result, (verified) => describe(verified, deep));
      }
    });
}

async function listNames(server: ServerClient): Promise<string[]> {
  const names: string[] = [];
  const pages = readPages(async (place) => {
    const { repositories } = await server.ask<{ repositories: Page<{ nameWithOwner: string }> }>(
      NAMES,
      place,
    );
    return repositories;
  });
  for await (const page of pages) names.push(...page.map(({ nameWithOwner }) => nameWithOwner));
  return names;
}

async function waitForResult(server: ServerClient, name: string): Promise<Verified> {
  for (;;) {
    const verified = await requireRepository<Verified>(server, name, FIELDS);
    if (!verified.completeness.isChecking) return verified;
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
