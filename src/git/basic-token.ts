import { withoutToken } from "../github/token.js";

/** How the git server takes a token. https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation */
export function basicOf(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString("base64");
}

/** What is shown and logged: a proxy's page may repeat the request. */
export function withoutBasic(text: string, token: string | null): string {
  return token === null ? text : withoutToken(withoutToken(text, token), basicOf(token));
}
