/** `npm run test:model -- --runs N`: the model test for longer; a failing run prints its seed and path. */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { runs: { type: "string", default: "2000" } } });
const { status } = spawnSync("npx", ["vitest", "run", "tests/model", "--testTimeout=0"], {
  stdio: "inherit",
  env: { ...process.env, MODEL_RUNS: values.runs },
});
process.exit(status ?? 1);
