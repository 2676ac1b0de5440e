import type { App } from "./app.js";

/** What a person at a terminal needs to know next; nothing for a process without an API. */
export function banner({ url, roles, demo }: App): string {
  if (!roles.has("api")) return "";
  const repository = demo?.repositories[0] ?? "expressjs/express";
  const first =
    demo === null
      ? `mutation { addRepository(url: "${repository}") { created repository { nameWithOwner state } } }`
      : "subscription { commitsIngested(kinds: [LIVE]) { repository { nameWithOwner } commits { messageHeadline } } }";
  const lines = [
    ...(demo === null
      ? []
      : [
          "No GITHUB_TOKENS set: this is the demo, on a built-in stand-in for GitHub. A commit lands every few seconds.",
        ]),
    `Playground: ${url}/graphql`,
    "",
    "Try first:",
    `  ${first}`,
    ...(demo === null ? [] : ["", `Repositories: ${demo.repositories.join(", ")}`]),
    "",
    "Ctrl-C stops it; the data stays.",
  ];
  return `\n${lines.join("\n")}\n\n`;
}
