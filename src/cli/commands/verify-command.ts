import { Command } from "@commander-js/extra-typings";
import type { RepositoryState } from "../../domain/repository.js";
import { whyNotVerifiable } from "../../domain/verifiability.js";
import { parseSeconds } from "../argument.js";
import { PAGE_INFO, type Page, readPages } from "../client/pages.js";
import { requireRepository } from "../client/repository.js";
import type { ServerClient } from "../client/server-client.js";
import { eachOf } from "../each-repository.js";
import { askUntil, PATIENCE_SECONDS } from "../patience.js";
import type { Fault } from "../terminal/output.js";
import type { Tools } from "../tools.js";

interface Verified {
  readonly nameWithOwner: string;
  readonly state: RepositoryState;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly completeness: {
    readonly complete: boolean;
    readonly isChecking: boolean;
    readonly storedCount: number;
    readonly githubCount: number | null;
    readonly listedCount: number;
    readonly missingCount: number;
    readonly faultCount: number;
    readonly untoldOids: readonly string[];
    readonly error: string | null;
  };
}

const FIELDS = `nameWithOwner state attempts lastError completeness {
  complete isChecking storedCount githubCount listedCount missingCount faultCount
  untoldOids error
}`;

const VERIFY = `mutation ($name: String!, $deep: Boolean!) {
  verifyRepository(repository: $name, deep: $deep) { started }
}`;
const NAMES = `query ($first: Int!, $after: String) {
  repositories(first: $first, after: $after) { nodes { nameWithOwner } ${PAGE_INFO} }
}`;

export function verifyCommand(tools: Tools) {
  const { server, output, answerNo } = tools;
  return new Command("verify")
    .description("Holds what is stored against GitHub, and waits for the result; no: not complete.")
    .argument("[repository]", "owner/name, or an id; absent: all")
    .option("--deep", "GitHub's whole history again, oid by oid: a point for each hundred commits")
    .option("--timeout <seconds>", "wait no longer for a result", parseSeconds, PATIENCE_SECONDS)
    .action(async (repository, { deep = false, timeout }) => {
      const names = repository === undefined ? await listNames(server()) : [repository];
      // All are asked for first: a server works on them while the first results are shown.
      const asked: string[] = [];
      await eachOf(tools, names, async (name) => {
        await server().ask(VERIFY, { name, deep });
        asked.push(name);
      });
      let lastResultAtMs = performance.now();
      await eachOf(tools, asked, async (name) => {
        const waitedMs = performance.now() - lastResultAtMs;
        const timeoutMs = Math.max(0, timeout * 1_000 - waitedMs);
        const result = await waitForResult(tools, name, timeoutMs);
        if (result === null) {
          answerNo();
          return await output.fault(tooLate(name, timeout));
        }
        lastResultAtMs = performance.now();
        if (!isRight(result)) answerNo();
        await output.print(result, (verified) => describe(verified, deep));
      });
    });
}

function tooLate(name: string, seconds: number): Fault {
  return {
    message: `${name} was not verified within ${seconds} seconds.`,
    code: "TIMEOUT",
    advice: `It goes on at the server: wait longer with --timeout, or see \`tracker show ${name}\`.`,
  };
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

/** Null when the time is over. What cannot be verified is no longer waited for, and says why. */
async function waitForResult(
  { server, output }: Tools,
  name: string,
  timeoutMs: number,
): Promise<Verified | null> {
  const verified = await askUntil(
    () => requireRepository<Verified>(server(), name, FIELDS),
    (found) => !found.completeness.isChecking || whyNotVerifiable(found) !== null,
    { timeoutMs, output },
  );
  if (verified?.completeness.isChecking !== true) return verified;
  const error = whyNotVerifiable(verified);
  return { ...verified, completeness: { ...verified.completeness, error } };
}

function isRight({ completeness }: Verified): boolean {
  const { complete, error, missingCount, faultCount } = completeness;
  return complete && error === null && missingCount + faultCount === 0;
}

function describe(result: Verified, deep: boolean): string {
  const { nameWithOwner, completeness } = result;
  const { storedCount, githubCount, listedCount, missingCount, faultCount, untoldOids, error } =
    completeness;
  const facts = [
    `${storedCount} stored`,
    ...(githubCount === null ? [] : [`${githubCount} on GitHub`]),
    ...(deep ? [`${listedCount} listed`] : []),
    ...(missingCount > 0 ? [`${missingCount} were missing and are being fetched`] : []),
    ...(untoldOids.length > 0 ? [`GitHub does not tell ${untoldOids.join(", ")}`] : []),
    ...(faultCount > 0 ? [`${faultCount} contradictions were put right`] : []),
    ...(error === null ? [] : [error]),
  ];
  return `${isRight(result) ? "complete" : "NOT complete"}  ${nameWithOwner}  ${facts.join(", ")}`;
}
