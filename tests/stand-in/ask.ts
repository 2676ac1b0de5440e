import { execFileSync } from "node:child_process";
import { STAND_IN_TOKEN } from "../../src/github-stand-in/stand-in.js";

export interface Asked<Data> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: Data;
  readonly errors: readonly unknown[] | undefined;
}

/** One GraphQL request, as any HTTP client sends it. */
export async function ask<Data>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked<Data>> {
  return send<Data>(url, JSON.stringify({ query, variables }), headers);
}

export async function send<Data>(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { authorization: `bearer ${STAND_IN_TOKEN}`, ...headers },
    body,
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  const parsed = (isJson ? JSON.parse(text) : {}) as { data: Data; errors?: readonly unknown[] };
  const { status, headers: received } = response;
  return { status, headers: received, text, data: parsed.data, errors: parsed.errors };
}

/** What git itself says about a repository: the oracle. */
export function git(gitDir: string, args: readonly string[], input?: string | Buffer): string {
  return execFileSync("git", [`--git-dir=${gitDir}`, ...args], {
    env: {
      ...process.env,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_AUTHOR_NAME: "Test",
      GIT_AUTHOR_EMAIL: "test@example.com",
      GIT_COMMITTER_NAME: "Test",
      GIT_COMMITTER_EMAIL: "test@example.com",
    },
    maxBuffer: 64 * 1024 * 1024,
    ...(input !== undefined && { input }),
  })
    .toString()
    .trim();
}

export function revList(gitDir: string, oid: string): string[] {
  return git(gitDir, ["rev-list", oid]).split("\n");
}
