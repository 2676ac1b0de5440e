import { describe, expect, it } from "vitest";
import { post } from "../support/graphql-client.js";
import { REPOSITORY, type Scene } from "./scene.js";

/** All of it comes up, and is what it should be. */
export function describeRunning(scene: () => Scene): void {
  describe("the containers", () => {
    it("comes up from nothing, with its first key, and nothing restarts meanwhile", async () => {
      const { project, url, ask, expectHealthy } = scene();
      const startedAt = Date.now();
      await project.compose("up", "-d", "--wait", "--no-build");
      process.stdout.write(`  up in ${Math.round((Date.now() - startedAt) / 1_000)} s\n`);
      await expectHealthy();
      for (const id of await project.containersOf()) {
        expect(await project.docker("inspect", "-f", "{{.RestartCount}}", id)).toBe("0");
      }
      const { errors } = await post(url, "{ feed { sequence } }");
      expect(errors?.[0]?.extensions?.code).toBe("UNAUTHENTICATED");
      expect(await ask("{ feed { sequence } }")).toBeDefined();
    });

    it("is limited, read-only and without capabilities, all of it", async () => {
      const { project } = scene();
      for (const id of await project.containersOf()) {
        const [{ Name, Config, HostConfig, State }] = JSON.parse(
          await project.docker("inspect", id),
        );
        if (!State.Running) continue;
        expect(HostConfig, Name).toMatchObject({
          ...{ ReadonlyRootfs: true, CapDrop: ["ALL"], Privileged: false },
          LogConfig: { Config: { "max-size": "10m" } },
          RestartPolicy: { Name: "unless-stopped" },
        });
        expect(HostConfig.SecurityOpt, Name).toContain("no-new-privileges:true");
        expect(HostConfig.Memory, Name).toBeGreaterThan(0);
        expect(HostConfig.PidsLimit, Name).toBeGreaterThan(0);
        expect(Config.User, Name).not.toMatch(/^(?:|0|root)(?::|$)/);
        await expect(project.docker("exec", id, "bash", "-c", "echo > /written")).rejects.toThrow();
      }
      for (const id of await project.containersOf("worker")) {
        await project.docker("exec", id, "bash", "-c", "echo > /scratch/$HOSTNAME");
      }
    });

    it("shows its parts to the doctor, from a container that has the tokens and the address", async () => {
      const { project } = scene();
      const told = await project.compose("run", "--rm", "tracker", "doctor");
      expect(told).not.toContain("FAIL");
      for (const subject of ["database", "broker", "replica", "server"])
        expect(told).toContain(subject);
    });

    it("brings a history in whole, and its subscriber with it, through the proxy", async () => {
      const { project, url, key, expectNothingLost } = scene();
      const added = await project.compose("run", "--rm", "tracker", "add", REPOSITORY, "--wait");
      expect(added).toContain(REPOSITORY);
      const subscriber = scene().follow();
      await expectNothingLost(subscriber);
      const events = await fetch(
        `${url}/graphql?query=${encodeURIComponent('subscription { commitsIngested(after: "0") { cursor } }')}`,
        {
          headers: { accept: "text/event-stream", authorization: `Bearer ${key}` },
        },
      );
      const { value } = (await events.body?.getReader().read()) ?? {};
      expect(Buffer.from(value ?? []).toString()).toContain("event: next");
      await events.body?.cancel().catch(() => {});
    });

    it("counts its clients by the address that the proxy saw", async () => {
      const { project } = scene();
      const id = (await project.containersOf("api"))[0] ?? "";
      const [{ Config }] = JSON.parse(await project.docker("inspect", id));
      const [trusted] = (Config.Env as string[]).filter((one) =>
        one.startsWith("TRUSTED_PROXIES="),
      );
      const networks = await project.docker(
        "inspect",
        "-f",
        "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}",
        ...(await project.containersOf("proxy")),
      );
      const [base] = /\d+\.\d+\.\d+\./.exec(trusted ?? "") ?? [];
      expect(networks.split(" ").some((address) => address.startsWith(base ?? "-"))).toBe(true);
    });

    it("answers queries from the replica", async () => {
      const { project } = scene();
      const metrics = await Promise.all(
        (await project.containersOf("api")).map((id) =>
          project.docker(
            "exec",
            id,
            "node",
            "-e",
            "fetch('http://127.0.0.1:9464/metrics').then(async r => console.log(await r.text()))",
          ),
        ),
      );
      expect(metrics.join("\n")).toMatch(/tracker_reads_total\{server="[^"]*replica[^"]*"\} [1-9]/);
    });
  });
}
