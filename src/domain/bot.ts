import type { Actor } from "./commit.js";

/** Bots that commit under an address of their own instead of GitHub's for them. */
const BOT_EMAILS = new Set([
  "action@github.com",
  "actions@github.com",
  "bot@renovateapp.com",
  "support@dependabot.com",
  "support@greenkeeper.io",
  "snyk-bot@snyk.io",
]);
const BOT_EMAIL = /\[bot\]@users\.noreply\./i;
const BOT_NAME = /\[bot\]$/i;

/** GitHub tells no account for the commits of its apps: their name and e-mail have to say it. */
export function isBot({ name, email, login }: Omit<Actor, "avatarUrl">): boolean {
  return (
    BOT_NAME.test(login ?? "") ||
    BOT_NAME.test(name) ||
    BOT_EMAIL.test(email) ||
    BOT_EMAILS.has(email.toLowerCase())
  );
}
