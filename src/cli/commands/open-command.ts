import { Command } from "@commander-js/extra-typings";
import { REPOSITORY_FIELDS, type Repository, requireRepository } from "../client/repository.js";
import { findWrongScheme } from "../client/scheme.js";
import type { ServerAddress } from "../client/server-address.js";
import { reasonOf, type ServerClient } from "../client/server-client.js";
import { ServerError, unreachable } from "../client/server-error.js";
import { openBrowser } from "../terminal/browser.js";
import type { Tools } from "../tools.js";

const PAGE_MS_MAX = 10_000;

export function openCommand({ server, output, answerNo, env }: Tools) {
  return new Command("open")
    .description("Opens the tracker's page in a browser, and prints its address.")
    .argument("[repository]", "owner/name, or an id: the page of that; absent: of all")
    .option("--github", "GitHub's page of the repository instead", false)
    .option("--print", "only print the address", false)
    .action(async (ref, { github, print }, command) => {
      if (github && ref === undefined) command.error("error: --github takes a repository");
      const url = await findAddress(server(), ref, github);
      await output.print({ url }, () => url);
      if (print) return;
      try {
        await openBrowser(url, env);
      } catch (error) {
        answerNo();
        const message = `No browser could be opened (${(error as Error).message}).`;
        const advice = "BROWSER names one; or open the address yourself, --print shows it alone.";
        await output.fault({ message, code: "NO_BROWSER", advice });
      }
    });
}

async function findAddress(
  server: ServerClient,
  ref: string | undefined,
  isOnGitHub: boolean,
): Promise<string> {
  const { address } = server;
  if (ref === undefined) return await requirePage(address, ".");
  const fields = `${REPOSITORY_FIELDS} url`;
  const found = await requireRepository<Repository & { url: string }>(server, ref, fields);
  if (isOnGitHub) return found.url;
  return await requirePage(address, `repositories/${found.nameWithOwner}`);
}

/** A server may have been started without it. */
async function requirePage(address: ServerAddress, path: string): Promise<string> {
  const { href } = new URL(path, address.graphql);
  const request = { method: "HEAD", signal: AbortSignal.timeout(PAGE_MS_MAX) };
  const { status, ok } = await fetch(href, request).catch(async (cause: unknown) => {
    throw (await findWrongScheme(address)) ?? unreachable(address, reasonOf(cause), cause);
  });
  if (ok) return href;
  const message = `There is no page at ${href} (HTTP ${status}): the server has WEB=false.`;
  throw new ServerError("NOT_FOUND", message);
}
