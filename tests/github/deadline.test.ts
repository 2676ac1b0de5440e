import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { withDeadline } from "../../src/github/deadline.js";
import { startAnsweringServer } from "./answering-server.js";

describe("a request's deadline", () => {
  it("comes even when garbage is collected while the request hangs", async () => {
    setFlagsFromString("--expose_gc");
    const collect = runInNewContext("gc") as () => void;
    const server = await startAnsweringServer(); // never answers
    const collecting = setInterval(collect, 20);
    try {
      const { signal } = new AbortController();
      const hanging = withDeadline(signal, 200, (bounded) =>
        fetch(server.url, { method: "POST", body: "{}", signal: bounded }),
      );
      await expect(hanging).rejects.toMatchObject({ name: "TimeoutError" });
    } finally {
      clearInterval(collecting);
      server.stop();
    }
  }, 5_000);

  it("leaves nothing behind on the caller's signal", async () => {
    const { signal } = new AbortController();
    await withDeadline(signal, 60_000, async () => "done");
    await withDeadline(signal, 60_000, () => Promise.reject(new Error("failed"))).catch(() => {});
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("passes on the caller's reason", async () => {
    const controller = new AbortController();
    const waiting = withDeadline(
      controller.signal,
      60_000,
      (bounded) =>
        new Promise((_resolve, reject) => {
          bounded.addEventListener("abort", () => reject(bounded.reason));
        }),
    );
    controller.abort(new Error("stopping"));
    await expect(waiting).rejects.toThrow("stopping");
  });
});
