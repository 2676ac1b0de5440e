import { describe, expect, it } from "vitest";
import { envSchema } from "../../src/config/env-schema.js";
import { SECRET_VARIABLES } from "../../src/config/variable-files.js";
import type { Scene } from "./scene.js";

const IMAGE_BYTES_MAX = 250_000_000;

/** Before anything runs. */
export function describeImage(scene: () => Scene): void {
  describe("the compose file and its image", () => {
    it("is read in a shell without any variable or secret", async () => {
      const { project } = scene();
      await project.compose("ps");
      await project.compose("--profile", "*", "config", "--quiet");
    });

    it("hands every variable of the README to whom it concerns", async () => {
      const { project } = scene();
      const given = [
        ...["GITHUB_API_URL", "LOG_LEVEL", "OTEL_EXPORTER_OTLP_ENDPOINT", "FEED_RETENTION"],
        ...["MIN_CHECK_INTERVAL", "MAX_CHECK_INTERVAL", "DATABASE_WRITE_CONNECTIONS"],
      ];
      const apiAlone = [
        ...["CORS_ORIGINS", "RATE_LIMIT", "INTROSPECTION", "PLAYGROUND", "WEB", "TRUSTED_PROXIES"],
        ...["DATABASE_READ_CONNECTIONS", "DATABASE_LIVE_CONNECTIONS"],
      ];
      const workerAlone = [
        ...["GITHUB_GIT_URL", "HISTORY_TRANSPORT", "GIT_TRANSFERS", "GIT_TRANSFER_MIB"],
        "GIT_TRANSFER_SECONDS",
      ];
      const fixed = ["GIT_FOLDER", "ROLES", "METRICS_PORT", "DATA_DIR", "HOST", "PORT"]; // by the file and the image
      const names = [...given, ...apiAlone, ...workerAlone, ...fixed, ...SECRET_VARIABLES];
      expect(Object.keys(envSchema.shape).filter((name) => !names.includes(name))).toEqual([]);
      const marked = Object.fromEntries(
        [...given, ...apiAlone, ...workerAlone].map((name) => [name, `its-${name}`]),
      );
      const { services } = JSON.parse(
        await project.composeWith(marked, "config", "--format", "json"),
      );
      for (const [service, expected] of [
        ["api", [...given, ...apiAlone]],
        ["scheduler", given],
        ["worker", [...given, ...workerAlone]],
      ] as const) {
        for (const name of expected) {
          expect(services[service].environment[name], `${service} ${name}`).toContain(
            `its-${name}`,
          );
        }
      }
    });

    it("builds one small image that nobody else builds or pulls", async () => {
      const { project } = scene();
      await project.compose("build");
      const [image] = JSON.parse(await project.docker("image", "inspect", "github-change-tracker"));
      expect(image.Size).toBeLessThanOrEqual(IMAGE_BYTES_MAX);
      process.stdout.write(`  image: ${Math.round(image.Size / 1e6)} MB\n`);
      expect(image.Config.User).toBe("1000:1000");
      expect(image.Config.Labels["org.opencontainers.image.revision"]).toBe("tested");
      expect(image.Config.Healthcheck.Test).toEqual(["CMD", "ready"]);
    });

    it("has git and the command line in it, and neither npm nor a package manager", async () => {
      const { project } = scene();
      const inImage = (...args: string[]) =>
        project.docker(
          "run",
          "--rm",
          "--read-only",
          "--network=none",
          "github-change-tracker",
          ...args,
        );
      const remote = "https://127.0.0.1:1/octo/one";
      await expect(inImage("git", "ls-remote", remote)).rejects.toThrow("Failed to connect");
      expect(await inImage("git", "--version")).toMatch(/^git version 2\./);
      expect(await inImage("tracker", "--help")).toContain("doctor");
      for (const name of ["npm", "apt-get", "dpkg", "perl"]) {
        await expect(inImage("bash", "-c", `command -v ${name}`)).rejects.toThrow();
      }
    });

    it("ends in the first second when it is told to", async () => {
      const { project } = scene();
      const id = await project.docker(
        "run",
        "-d",
        "--env=ROLES=api",
        "--env=DATABASE_URL=postgresql://u:p@127.0.0.1:1/d",
        "--env=RABBITMQ_URL=amqp://127.0.0.1:1",
        "github-change-tracker",
      );
      const startedAt = Date.now();
      await project.docker("stop", "--time", "10", id);
      expect(Date.now() - startedAt).toBeLessThan(8_000);
      expect(await project.docker("inspect", "-f", "{{.State.ExitCode}}", id)).toMatch(
        /^(?:0|143)$/,
      );
      await project.docker("rm", id);
    });
  });
}
