import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommitSpec } from "../../src/github-stand-in/git/git-write.js";
import { requestCheck } from "../../src/tracking/request-check.js";
import { eventually } from "../support/eventually.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";

const logger = pino({ level: "silent" });
const AN_HOUR = { minMs: 3_600_000, maxMs: 3_600_000 };

const at = (minute: number) => ({
  name: "Ada",
  email: "ada@example.org",
  date: new Date(Date.UTC(2024, 0, 1) + minute * 60_000).toISOString(),
});
const row = (length: number, minute: number, parents?: readonly string[]): CommitSpec[] =>
  Array.from({ length }, (_, index) => ({
    message: `in a row ${index}`,
    author: at(minute + index),
    ...(index === 0 && parents !== undefined && { parents }),
  }));

/** Everything that is sent to GitHub counts: checks on time alone are an hour apart here. */
describe("the requests that it takes, of whatever kind,", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({ bounds: AN_HOUR });
    await track("warm-up", row(1, 0)); // a token is asked once whose it is
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  async function countRequests(): Promise<number> {
    const operations = Object.values(await pipeline.gitHub.countOperations());
    return operations.reduce((sum, { requests }) => sum + requests, 0);
  }

  async function track(name: string, commits: readonly CommitSpec[]) {
    const url = `octo/${name}`;
    const { gitDir } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const oids = await pipeline.gitHub.commit(url, commits);
    const before = await countRequests();
    const id = await pipeline.add(url);
    await pipeline.settled(id, oids.at(-1) ?? "");
    const { verification } = pipeline.database.primary;
    await eventually(async () =>
      expect(await verification.count({ where: { repositoryId: id, finishedAt: null } })).toBe(0),
    );
    return { id, url, gitDir, oids, requests: (await countRequests()) - before };
  }

  it.each([1, 100, 101, 200, 350])(
    "for a first history of n = %i commits and its verification are at most ⌈n/100⌉ + 2",
    async (n) => {
      const { id, requests } = await track(`first-${n}`, row(n, 0));
      expect(await pipeline.database.primary.commit.count({ where: { repositoryId: id } })).toBe(n);
      expect(requests).toBeLessThanOrEqual(Math.ceil(n / 100) + 2);
    },
  );

  it.each<{ what: string; push: (main: readonly string[]) => CommitSpec[] }>([
    { what: "one commit", push: () => row(1, 10_000) },
    { what: "a hundred in a row", push: () => row(100, 10_000) },
    { what: "250 in a row", push: () => row(250, 10_000) },
    {
      what: "the merge of a branch of 120 that forked years ago",
      push: (main) => [
        ...row(120, 15, main.slice(1, 2)),
        { message: "merge", author: at(10_000), parents: [main.at(-1) ?? "", ":119"] },
      ],
    },
    {
      what: "the merges of five branches of different age",
      push: (main) =>
        [0, 1, 2, 3, 4].flatMap((index) => [
          ...row(3, index * 700, main.slice(index * 70, index * 70 + 1)),
          {
            message: `merge ${index}`,
            author: at(10_000 + index),
            parents: [index === 0 ? (main.at(-1) ?? "") : `:${index * 4 - 1}`, `:${index * 4 + 2}`],
          },
        ]),
    },
  ])(
    "for a push of k commits, here $what, are at most 2⌈k/100⌉ + 2, its check included",
    async ({ what, push }) => {
      const { id, url, gitDir, oids } = await track(what.replaceAll(" ", "-"), mergyHistory(400));
      const before = await countRequests();
      const pushed = await pipeline.gitHub.commit(url, push(oids));
      await requestCheck({ ...pipeline, logger }, id);
      await pipeline.settled(id, pushed.at(-1) ?? "");
      const stored = await pipeline.database.primary.commit.count({ where: { repositoryId: id } });
      expect(stored).toBe((await revList(gitDir, "main")).length);
      const requests = (await countRequests()) - before;
      expect(requests).toBeGreaterThanOrEqual(2);
      expect(requests).toBeLessThanOrEqual(2 * Math.ceil(pushed.length / 100) + 2);
    },
  );
});
