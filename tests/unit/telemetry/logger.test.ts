import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { TrackerError } from "../../../src/domain/errors.js";
import { createLogger, scrub } from "../../../src/telemetry/logger.js";

const SECRETS = {
  "a classic token": "ghp_0123456789abcdefghijABCDEFGHIJ0123456789",
  "an installation token": "ghs_0123456789abcdefghijABCDEFGHIJ0123456789",
  "a fine-grained token": `github_pat_${"11ABCDEFG0123456789abc"}_${"x".repeat(59)}`,
  "a key of our own": "ghct_0123456789abcdefabcd0123456789abcdefabcd",
  "a bearer header": "Bearer eyJhbGciOi.J9.abcdefgh",
  "a broker's password": "amqp://tracker:hunter2secret@broker:5672",
  "a database's password": "postgresql://tracker:hunter2secret@db:5432/tracker",
  "a password with odd characters": "postgres://u:hun%40ter2%2Fsecret@db",
};
const CANARY = /0123456789abcdef|eyJhbGciOi|hun(ter2secret|%40)|x{59}/;

function capture(): { logger: ReturnType<typeof createLogger>; lines(): string[] } {
  let text = "";
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return {
    logger: createLogger({ level: "trace", destination }),
    lines: () => text.split("\n").filter((line) => line !== ""),
  };
}

describe("the log", () => {
  it.each(Object.entries(SECRETS))("never shows %s, wherever it stands", (_what, secret) => {
    const { logger, lines } = capture();
    const cause = Object.assign(new Error(`request with ${secret} failed`), {
      request: { headers: { authorization: secret } },
    });
    const error = new TrackerError("INTERNAL", `could not: ${secret}`, { url: secret }, { cause });
    logger.info(`text with ${secret}`);
    logger.info({ deep: { er: { still: [secret] } }, url: secret }, "field");
    logger.warn({ err: error }, "error");
    logger.child({ context: secret }).info("child");
    expect(lines()).toHaveLength(4);
    expect(lines().join("\n")).not.toMatch(CANARY);
    expect(scrub(secret)).not.toMatch(CANARY);
  });

  it("never shows what a field named after a secret holds", () => {
    const { logger, lines } = capture();
    logger.info({ token: "abc-canary", request: { authorization: "abc-canary" } }, "named");
    expect(lines().join("")).not.toContain("abc-canary");
  });

  it("keeps what is none: addresses, object ids, hosts", () => {
    const text = "https://github.com/o/n at 0123456789012345678901234567890123456789 on db:5432";
    expect(scrub(text)).toBe(text);
  });

  it("writes one JSON object a line: time, level by name, message, facts, and the chain of causes", () => {
    const { logger, lines } = capture();
    const cause = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    const err = new TrackerError(
      "GITHUB_UNREACHABLE",
      "cannot reach it",
      { requestId: "A1" },
      { cause },
    );
    logger.warn({ err, repositoryId: 7 }, "check failed");
    expect(JSON.parse(lines()[0] ?? "")).toMatchObject({
      level: "warn",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      msg: "check failed",
      repositoryId: 7,
      err: {
        code: "GITHUB_UNREACHABLE",
        message: expect.stringContaining("cannot reach it"),
        details: { requestId: "A1" },
        stack: expect.stringContaining("logger.test"),
        cause: { code: "ECONNRESET", message: "socket hang up" },
      },
    });
  });

  it("survives an error that is its own cause", () => {
    const { logger, lines } = capture();
    const error = new Error("round");
    error.cause = error;
    logger.error({ err: error }, "circle");
    expect(lines()).toHaveLength(1);
  });
});
