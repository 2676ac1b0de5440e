import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { FaithfulSubscriber } from "./faithful-subscriber.js";
import { pushThrough } from "./push-through.js";
import type { Pushing } from "./pushing.js";
import { REPOSITORY, type Scene, SERVICES } from "./scene.js";

const DELAY_MS_MAX = 15_000;

/** What runs is restarted, killed, scaled and taken down. */
export function describeFaults(scene: () => Scene): void {
  describe("whatever happens to a service while commits land", () => {
    let subscriber: FaithfulSubscriber;
    let pushing: Pushing;
    beforeAll(() => {
      subscriber = scene().follow();
      pushing = scene().push();
    });

    /** The worst delay is told. */
    const through = async (name: string, fault: () => Promise<unknown>) => {
      const worstMs = await pushThrough({ pushing, subscriber }, fault);
      process.stdout.write(`  ${name}: worst push → event ${(worstMs / 1_000).toFixed(1)} s\n`);
      expect(worstMs, name).toBeLessThanOrEqual(DELAY_MS_MAX);
    };

    it("none: an event comes soon", () => through("nothing", () => delay(5_000)));

    it.each(SERVICES)("%s is restarted", async (service) => {
      await through(`restart ${service}`, () => scene().project.compose("restart", service));
      await scene().expectHealthy();
    });

    it.each(SERVICES)(
      "%s is killed, every one of it, and comes back by itself",
      async (service) => {
        await through(`kill -9 ${service}`, async () => {
          for (const id of await scene().project.containersOf(service))
            await scene().project.crash(id);
        });
        for (const id of await scene().project.containersOf(service)) {
          expect(await scene().project.docker("inspect", "-f", "{{.RestartCount}}", id)).not.toBe(
            "0",
          );
        }
        await scene().expectHealthy();
      },
    );

    it("there are more of each, and fewer again", async () => {
      const scale = (count: number) =>
        scene().project.compose(
          "up",
          "-d",
          "--wait",
          "--no-build",
          "--no-recreate",
          "--scale",
          `api=${count}`,
          "--scale",
          `worker=${count}`,
        );
      await through("api=3 worker=3", () => scale(3));
      expect(await scene().project.containersOf("api")).toHaveLength(3);
      await through("api=1 worker=1", () => scale(1));
      await through("api=2 worker=2", () => scale(2));
    });

    it("has lost and repeated nothing", async () => {
      await pushing.stop();
      await scene().expectNothingLost(subscriber);
      expect(subscriber.reconnects()).toBeGreaterThan(0);
    });

    it("all go down and up again: what is stored is kept, with the keys and the broker's queues", async () => {
      const before = (await scene().storedOids()).sort();
      await scene().project.compose("down", "--timeout", "30");
      await scene().gitHub.commit(REPOSITORY, [{ message: "while it was down" }]);
      await scene().project.compose("up", "-d", "--wait", "--no-build");
      const stored = await scene().ask<{ feed: { sequence: string } }>("{ feed { sequence } }");
      expect(BigInt(stored.feed.sequence)).toBeGreaterThanOrEqual(
        BigInt(subscriber.sequences.length),
      );
      await scene().expectNothingLost(subscriber);
      expect((await scene().storedOids()).length).toBe(before.length + 1);
      const nodes = await scene().project.compose(
        "exec",
        "rabbitmq",
        "ls",
        "/var/lib/rabbitmq/mnesia",
      );
      const own = nodes.split("\n").filter((name) => /^rabbit@\w+$/.test(name));
      expect(own).toEqual(["rabbit@rabbitmq"]);
    });

    it("tells no secret: not in what is inspected, nor in a log, nor in the image", async () => {
      const told = [
        await scene().project.compose("logs", "--no-color"),
        await scene().project.compose("config"),
        await scene().project.docker("inspect", ...(await scene().project.containersOf())),
        await scene().project.docker("image", "inspect", "github-change-tracker"),
        await scene().project.docker("history", "--no-trunc", "github-change-tracker"),
      ].join("\n");
      for (const [name, secret] of await scene().project.readSecrets()) {
        for (const part of secret.split(",")) {
          expect(told.includes(part), name).toBe(false);
          expect(told.includes(JSON.stringify(part).slice(1, -1)), name).toBe(false);
        }
      }
    });
  });
}
