import { test } from "vitest";
import { loadGitHubSchema } from "../../src/github-stand-in/github-schema.js";
test("x", async () => { await loadGitHubSchema(); });
