import { PORT_DEFAULT } from "../config/env-schema.js";
import type { App } from "./app.js";

const FOLLOW =
  "subscription { commitsIngested(kinds: [LIVE]) { repository { nameWithOwner } commits { messageHeadline } } }";

type Shown = Pick<App, "url" | "roles" | "demo" | "exampleRepository" | "hasWeb" | "hasPlayground">;

/** What a person at a terminal needs to know next; nothing for a process without an API. */
export function banner(app: Shown): string {
  if (!app.roles.has("api")) return "";
  const parts = [placesOf(app), aboutDemo(app), toTry(app), ["Ctrl-C stops it; the data stays."]];
  const paragraphs = parts.filter(({ length }) => length > 0).map((lines) => lines.join("\n"));
  return `\n${paragraphs.join("\n\n")}\n\n`;
}

function placesOf({ url, hasWeb, hasPlayground }: Shown): string[] {
  const places = [
    ...(hasWeb ? [["Page:", `${url}/`]] : []),
    ...(hasPlayground ? [["Playground:", `${url}/graphql`]] : [["API:", `${url}/graphql`]]),
  ];
  const width = Math.max(...places.map(([name = ""]) => name.length));
  return places.map(([name = "", address = ""]) => `${name.padEnd(width)} ${address}`);
}

function aboutDemo({ demo }: Shown): string[] {
  if (demo === null) return [];
  return [
    "No GITHUB_TOKENS set: this is the demo, on a built-in stand-in for GitHub.",
    `It tracks ${demo.tracked.length} repositories; a commit lands every few seconds, and on its first`,
    `start the history of ${demo.long} takes most of a minute to come in.`,
  ];
}

function toTry({ url, demo, exampleRepository }: Shown): string[] {
  const add = `mutation { addRepository(url: "${exampleRepository}") { repository { nameWithOwner state } } }`;
  if (demo === null) return ["Try first:", `  ${add}`, `  ${FOLLOW}`];
  const [owner] = demo.untracked.split("/");
  // Where one would be by itself, the command line looks by itself.
  const where = new URL(url).port === String(PORT_DEFAULT) ? "" : `TRACKER_URL=${url} `;
  return [
    "Try first, in another terminal:",
    `  ${where}npx tracker add-owner ${owner} --dry-run`,
    `  ${where}npx tracker add ${demo.untracked} --wait`,
    "or in the playground:",
    `  ${FOLLOW}`,
  ];
}
