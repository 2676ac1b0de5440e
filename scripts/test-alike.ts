/** `npm run test:alike -- --runs N`: more drawn operations are compared; a failing one prints its seed. */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { runs: { type: "string", default: "5000" } } });
const { status } = spawnSync(
  "npx",
  ["vitest", "run", "tests/api/executed-alike.test.ts", "--testTimeout=0"],
  {
    stdio: "inherit",
    env: { ...process.env, ALIKE_RUNS: values.runs },
  },
);
process.exit(status ?? 1);
