import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { placesOf, requireFreePlace } from "../../src/app/http-place.js";
import { createHttpServers } from "../../src/app/http-servers.js";
import { createMetrics } from "../../src/telemetry/metrics/metrics.js";
import type { ReadyCheck } from "../../src/telemetry/readiness.js";

const PATHS = ["/livez", "/readyz", "/metrics"];

const open = (metricsPort: number | null, checks: ReadyCheck[] = []) =>
  createHttpServers(
    { host: "127.0.0.1", port: 0, metricsPort },
    { metrics: createMetrics(), checks },
  );

const statuses = async (url: string) =>
  await Promise.all(PATHS.map(async (path) => (await fetch(`${url}${path}`)).status));

it("serves what operators ask for at the one port, unless that has a port of its own", async () => {
  const together = open(null);
  const { url, metricsUrl } = await together.listen();
  expect(metricsUrl).toBeUndefined();
  expect(await statuses(url)).toEqual([200, 200, 200]);
  await together.close();
});

it("serves it nowhere else where it has a port of its own", async () => {
  const apart = open(0, [{ name: "queue", isReady: () => false }]);
  apart.open.get("/hello", async () => "hello");
  const { url, metricsUrl = "" } = await apart.listen();
  expect(new URL(metricsUrl).port).not.toBe(new URL(url).port);
  expect(await statuses(url)).toEqual([200, 404, 404]);
  expect(await statuses(metricsUrl)).toEqual([200, 503, 200]);
  expect((await fetch(`${url}/hello`)).status).toBe(200);
  expect((await fetch(`${metricsUrl}/hello`)).status).toBe(404);
  await apart.close();
  await expect(fetch(`${metricsUrl}/livez`)).rejects.toThrow();
});

it("names METRICS_PORT when that is taken, before anything runs and when it comes to it", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const fault = `METRICS_PORT=${port}, from the environment, is taken by another process`;
  const [, place] = placesOf({ host: "127.0.0.1", port: 0, metricsPort: port });
  if (place === undefined) throw new Error("there is no second place");
  await expect(requireFreePlace(place)).rejects.toThrow(fault);
  const servers = open(port);
  await expect(servers.listen()).rejects.toThrow(fault);
  await servers.close();
  other.close();
});
