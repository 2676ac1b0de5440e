import { defineConfig } from "vitest/config";

/** One file, one story: what one part has brought up the next takes down. */
export default defineConfig({
  test: {
    include: ["tests/containers/*.container-test.ts"],
    testTimeout: 300_000,
    hookTimeout: 900_000,
    bail: 1,
    fileParallelism: false,
    reporters: ["verbose"],
  },
});
