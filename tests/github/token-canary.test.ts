import { inspect } from "node:util";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import { GITHUB_ANSWERS } from "../fixtures/github-answers.js";
import { ledgerThatKnows } from "../support/budget.js";
import {
  type AnsweringServer,
  answer,
  type Handler,
  startAnsweringServer,
} from "./answering-server.js";

const CANARY = "ghp_N0T5H0WN0123456789N0T5H0WN0123456789";

/** Repeats the request's authorization, as debugging proxies do. */
const echo =
  (status: number, body: (secret: string) => unknown): Handler =>
  (request, response) => {
    const said = body(String(request.headers.authorization));
    answer(status, { "x-echo": String(request.headers.authorization) }, said)(request, response);
  };

const HANDLERS: readonly (readonly [string, Handler])[] = [
  ...GITHUB_ANSWERS.map(
    ({ name, status, headers, body }) => [name, answer(status, headers, body)] as const,
  ),
  ["a closed connection", (request) => request.socket.destroy()],
  ["no answer", () => {}],
  ["a page that repeats the request", echo(403, (secret) => `<pre>${secret}</pre>`)],
  ["an error that repeats the request", echo(403, (secret) => ({ message: secret }))],
  ["a refusal that repeats the request", echo(400, (secret) => ({ message: secret }))],
  ["a success that repeats the request", echo(200, (secret) => secret)],
  [
    "a GraphQL error that repeats the request",
    echo(200, (secret) => ({ data: null, errors: [{ message: secret }] })),
  ],
  [
    "an item's error that repeats the request",
    echo(200, (secret) => ({
      data: { node: null, nodes: [null] },
      errors: [{ type: "FORBIDDEN", path: ["node"], message: secret }],
    })),
  ],
];

describe("a token", () => {
  let server: AnsweringServer;
  beforeAll(async () => {
    server = await startAnsweringServer();
  });
  afterAll(() => server.stop());

  /** Everything that a log or an API could show of a failing request. */
  async function shownBy(
    tokens: readonly string[],
    { apiUrl = server.url, isKnown = true } = {},
  ): Promise<string> {
    const lines: string[] = [];
    const logger = pino({ level: "trace" }, { write: (line) => void lines.push(line) });
    const observed: unknown[] = [];
    const ledger = isKnown ? await ledgerThatKnows(tokens) : createInMemoryBudgetLedger();
    const gitHub = createOctokitGitHub({
      ...{ apiUrl, tokens, userAgent: "tracker-test", requestTimeoutMs: 200, logger, ledger },
      observer: { request: (one) => observed.push(one) },
    });
    const options = { signal: new AbortController().signal, purpose: "live" as const };
    const request = { nodeId: "R_1", oid: "a".repeat(40), after: null, first: 100 };
    const outcomes: unknown[] = await Promise.allSettled([gitHub.history(request, options)]);
    outcomes.push(await gitHub.lookUp([{ nodeId: "R_1" }], options).catch((error) => error));
    for (const outcome of outcomes) {
      const { reason: err } = outcome as { reason?: unknown };
      logger.error({ err: err ?? outcome }, "failed");
    }
    return lines.join("") + inspect([outcomes, observed], { depth: 20, showHidden: true });
  }

  it.each(HANDLERS)("is not shown after %s", async (_name, handler) => {
    server.handle = handler;
    expect(await shownBy([CANARY])).not.toContain("N0T5H0WN");
  });

  it.each(HANDLERS)(
    "is not shown when it is asked whose it is, after %s",
    async (_name, handler) => {
      server.handle = handler;
      expect(await shownBy([CANARY], { isKnown: false })).not.toContain("N0T5H0WN");
    },
  );

  it("is not shown when nobody listens at the address", async () => {
    const gone = await startAnsweringServer();
    gone.stop();
    const shown = await shownBy([CANARY], { apiUrl: gone.url });
    expect(shown).toContain("GITHUB_UNREACHABLE");
    expect(shown).not.toContain("N0T5H0WN");
  });

  it.each([
    ["a line break", "ghp_N0T5H0WN\n0123456789"],
    ["a character beyond Latin", "ghp_N0T5H0WN…0123456789"],
    ["a space", "ghp_N0T5H0WN 0123456789"],
  ])(
    "with %s is set aside before it can break a request, and is not shown",
    async (_what, token) => {
      const shown = await shownBy([token]);
      expect(shown).toContain("GITHUB_BAD_CREDENTIALS");
      expect(shown).toContain("set aside");
      expect(shown).not.toContain("N0T5H0WN");
    },
  );
});
