import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commitOfLine, parents } from "../github/answering-server.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";

const node = (line: string) => commitOfLine(line, "on the page");
const PLACE = 50;
const path = ["node", "object", "history", "nodes", PLACE];
const errors = [{ type: "SERVICE_UNAVAILABLE", path, message: "A commit is unavailable." }];

describe("a page with one odd commit", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const storedIn = async (repositoryId: number) => {
    const rows = await pipeline.database.primary.commit.findMany({ where: { repositoryId } });
    return new Map(rows.map(({ oid, message }) => [Buffer.from(oid).toString("hex"), message]));
  };

  it.each<{ what: string; odd: (line: string) => unknown; isTold?: boolean }>([
    { what: "a hole", odd: () => null },
    { what: "an error in a hole", odd: () => null, isTold: true },
    { what: "something that is no object id", odd: (line) => ({ ...node(line), oid: "HEAD" }) },
    {
      what: "a commit that lacks a parent",
      odd: (line) => {
        const [, ...oids] = line.split(" ");
        return { ...node(line), parents: parents(oids.slice(1), { totalCount: oids.length }) };
      },
    },
    { what: "a commit without a message", odd: (line) => ({ ...node(line), message: null }) },
  ])(
    "($what): what else is there is stored, that one is asked for by its id, and nothing is missing",
    async ({ what, odd, isTold = false }) => {
      const name = what.replaceAll(" ", "-");
      const { gitDir } = await pipeline.gitHub.addRepository({ owner: "octo", name });
      await pipeline.gitHub.commit(`octo/${name}`, [...mergyHistory(300), { message: what }]);
      const lines = await revList(gitDir, "--parents", "main");
      const history = lines.map((line) => line.slice(0, 40));
      const [head = ""] = history;
      const nodes = lines
        .slice(100, 200)
        .map((line, index) => (index === PLACE ? odd(line) : node(line)));
      const pageInfo = { endCursor: `${head} 199`, hasNextPage: true };
      const data = { node: { object: { history: { nodes, pageInfo } } } };
      await pipeline.gitHub.injectFault({
        when: { operationName: "History", includes: `${head} 99` },
        answer: { status: 200, body: { data, ...(isTold && { errors }) } },
        times: "always",
      });
      const id = await pipeline.add(`octo/${name}`);
      await pipeline.settled(id, head);
      const stored = await storedIn(id);
      expect([...stored.keys()].sort()).toEqual(history.toSorted());
      expect(stored.get(history[100] ?? "")).toBe("on the page");
      expect(stored.get(history[100 + PLACE] ?? "")).not.toBe("on the page");
    },
  );
});
