import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { openRabbitmqConnection } from "../../src/rabbitmq/connection.js";
import { eventually } from "../support/eventually.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";

const retryMs = { min: 20, max: 100 };

describe("a connection to a RabbitMQ that is away", () => {
  let proxy: TcpProxy;
  let url: URL;
  let lines: string[];
  const logger = () => pino({ level: "debug" }, { write: (line) => void lines.push(line) });
  beforeEach(async () => {
    const direct = new URL(inject("rabbitmqUrl"));
    proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port || 5_672) });
    proxy.block();
    url = new URL(direct);
    url.host = `127.0.0.1:${proxy.port}`;
    lines = [];
  });
  afterEach(() => proxy[Symbol.asyncDispose]());

  const saysThatItWaits = () =>
    eventually(() => expect(lines.join("")).toContain("rabbitmq cannot be reached, waiting"));

  it("waits, says so, and is ready once RabbitMQ is there", async () => {
    const { signal } = new AbortController();
    const opening = openRabbitmqConnection({
      url: url.href,
      logger: logger(),
      signal,
      retryMs,
    });
    await saysThatItWaits();
    proxy.restore();
    const connection = await opening;
    expect(connection.isReady()).toBe(true);
    const channel = await connection.keepChannel(async () => {});
    expect(channel.current()).not.toBeNull();
    await connection.close();
    expect(connection.isReady()).toBe(false);
  });

  it("gives up when it is told to", async () => {
    const giveUp = new AbortController();
    const opening = openRabbitmqConnection({
      url: url.href,
      logger: logger(),
      signal: giveUp.signal,
      retryMs,
    });
    const outcome = expect(opening).rejects.toThrow("enough");
    await saysThatItWaits();
    giveUp.abort(new Error("enough"));
    await outcome;
  });

  it("shows the password neither while it waits nor when it is refused", async () => {
    url.password = "canary-4711";
    const giveUp = new AbortController();
    const opening = openRabbitmqConnection({
      url: url.href,
      logger: logger(),
      signal: giveUp.signal,
      retryMs,
    });
    const outcome = opening.catch((error: unknown) => error);
    await saysThatItWaits();
    proxy.restore();
    await eventually(() => expect(lines.join("")).toContain("ACCESS_REFUSED"));
    giveUp.abort(new Error("enough"));
    lines.push(String(await outcome));
    expect(lines.join("")).not.toContain("canary-4711");
    expect(lines.join("")).toContain(url.host);
  });
});
