import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RepositoryState } from "../../src/domain/repository.js";
import { storeRepository } from "../api/rows.js";
import { startTestApi, type TestApi } from "../api/test-api.js";
import { objectsOf, runCommand } from "../support/command-line.js";
import { eventually } from "../support/eventually.js";
import { ask } from "../support/graphql-client.js";
import { setWork } from "../support/work.js";

const WHY = "GitHub cannot be reached.";
const VERIFY = `mutation ($name: String!) {
  verifyRepository(repository: $name) { started repository { completeness { isChecking complete error } } }
}`;
interface Answer {
  readonly verifyRepository: {
    readonly started: boolean;
    readonly repository: {
      readonly completeness: { isChecking: boolean; complete: boolean; error: string | null };
    };
  };
}

/** No worker runs here: nothing is ever found out of GitHub. */
describe("tracker verify, where nothing can be verified", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const store = async (name: string, state: RepositoryState, lastError: string | null) => {
    const id = await storeRepository(api.database, "octo", name);
    await api.database.primary.repository.update({ where: { id }, data: { state } });
    if (lastError === null) return;
    const [firstFailedAt, lastFailedAt] = [Date.now(), Date.now()];
    const failure = { firstError: lastError, lastError, firstFailedAt, lastFailedAt };
    await setWork(api.database, "check", id, { attempts: 2, failure });
  };
  const verify = (...args: string[]) => runCommand(["verify", ...args], { TRACKER_URL: api.url });

  it.each([
    ["FAILED", WHY, `while it is FAILED. ${WHY}`],
    ["UNAVAILABLE", WHY, `while it is UNAVAILABLE. ${WHY}`],
    ["PAUSED", null, "while it is PAUSED."],
    ["EMPTY", null, "while it is EMPTY."],
    ["PENDING", WHY, WHY],
    ["BACKFILLING", WHY, WHY],
  ] as const)("answers at once for one that is %s, with the reason", async (state, error, says) => {
    const name = `octo/${state.toLowerCase()}`;
    await store(state.toLowerCase(), state, error);
    const { code, stdout } = await verify(name);
    expect(code).toBe(1);
    expect(stdout).toContain(`NOT complete  ${name}  0 stored, `);
    expect(stdout).toContain(says);
    const { verifyRepository } = await ask<Answer>(api.url, VERIFY, { name });
    const { started, repository } = verifyRepository;
    expect(started).toBe(false);
    expect(repository.completeness).toMatchObject({ isChecking: false, complete: false });
    expect(repository.completeness.error).toContain(says);
  });

  it("ends when the time is over, where nothing is known yet or no worker runs", async () => {
    await store("waiting", "PENDING", null);
    await store("active", "ACTIVE", null);
    for (const name of ["octo/waiting", "octo/active"]) {
      const { code, stderr } = await verify(name, "--timeout", "1");
      expect(code).toBe(1);
      expect(stderr).toContain(`${name} was not verified within 1 seconds. [TIMEOUT]`);
    }
  });

  it("of all has a result for each that has one, whichever of them hang", async () => {
    await store("last", "FAILED", WHY);
    const { code, stdout, stderr } = await verify("--timeout", "1", "--json");
    expect(code).toBe(1);
    expect(objectsOf<{ nameWithOwner: string }>(stdout)).toContainEqual(
      expect.objectContaining({ nameWithOwner: "octo/last" }),
    );
    expect(stderr).toContain("octo/waiting was not verified");
  });

  it("gives up on one that becomes FAILED while it is waited for", async () => {
    await store("later", "PENDING", null);
    const waiting = verify("octo/later");
    const { repository, verification } = api.database.primary;
    const { id } = await repository.findFirstOrThrow({ where: { name: "later" } });
    await eventually(async () =>
      expect(await verification.count({ where: { repositoryId: id } })).toBe(1),
    );
    await repository.update({ where: { id }, data: { state: "FAILED" } });
    const { code, stdout } = await waiting;
    expect(code).toBe(1);
    expect(stdout).toContain("octo/later  0 stored, It cannot be verified while it is FAILED.");
  });
});
