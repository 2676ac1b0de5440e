import type { App } from "./app.js";

const FOLLOW =
  "subscription { commitsIngested(kinds: [LIVE]) { repository { nameWithOwner } commits { messageHeadline } } }";

/** What a person at a terminal needs to know next; nothing for a process without an API. */
export function banner({ url, roles, demo, exampleRepository }: App): string {
  if (!roles.has("api")) return "";
  const add = `mutation { addRepository(url: "${exampleRepository}") { repository { nameWithOwner state } } }`;
  const lines =
    demo === null
      ? [`Playground: ${url}/graphql`, "", "Try first:", `  ${add}`, `  ${FOLLOW}`]
      : [
          "No GITHUB_TOKENS set: this is the demo, on a built-in stand-in for GitHub.",
          `It tracks ${demo.tracked.join(" and ")}; a commit lands every few seconds.`,
          "",
          `Playground: ${url}/graphql`,
          "",
          "Try first:",
          `  ${FOLLOW}`,
          `  ${add}`,
        ];
  return `\n${[...lines, "", "Ctrl-C stops it; the data stays."].join("\n")}\n\n`;
}
