import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultAnswer } from "../../src/github-stand-in/http/fault.js";
import { commitOfLine } from "../github/answering-server.js";
import { eventually } from "../support/eventually.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { readRepository } from "../support/work.js";

const HTML = "<!doctype html><title>Sign in to the company's proxy</title>";
const html: FaultAnswer = { status: 200, headers: { "content-type": "text/html" }, body: HTML };
const node = (line: string) => commitOfLine(line, "forged");

interface PageInfo {
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
}

const ok = (body: unknown): FaultAnswer => ({ status: 200, body });
const page = (nodes: readonly unknown[], pageInfo: PageInfo): FaultAnswer =>
  ok({ data: { node: { object: { history: { nodes, pageInfo } } } } });
const alien = (index: number) => index.toString(16).padStart(40, "a");

/** What a bad answer is made of: git's own history, newest first, and the cursors of its pages. */
interface History {
  readonly lines: readonly string[];
  readonly second: PageInfo;
  readonly third: PageInfo;
}

describe("an answer that cannot be right", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const read = (id: number, { database } = pipeline) => readRepository(database, id);

  async function storedOids(id: number, { database } = pipeline): Promise<string[]> {
    const rows = await database.primary.commit.findMany({ where: { repositoryId: id } });
    return rows.map(({ oid }) => Buffer.from(oid).toString("hex")).sort();
  }

  async function expectExact(id: number, gitDir: string, where = pipeline): Promise<void> {
    const history = await revList(gitDir, "main");
    await where.settled(id, history[0] ?? "");
    expect(await storedOids(id, where)).toEqual(history.sort());
    await eventually(async () =>
      expect(await read(id, where)).toMatchObject({
        state: "ACTIVE",
        lastError: null,
        attempts: 0,
        commitCount: history.length,
      }),
    );
  }

  async function requestsWith(text: string): Promise<number> {
    const requests = await pipeline.gitHub.listRequests("History");
    return requests.filter(({ variables }) => JSON.stringify(variables).includes(text)).length;
  }

  async function create(what: string, length: number) {
    const name = what.replaceAll(/\W+/g, "-");
    const url = `octo/${name}`;
    const { gitDir, id: nodeId } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    await pipeline.gitHub.commit(url, [...mergyHistory(length), { message: what }]);
    const lines = await revList(gitDir, "--parents", "main");
    const [head = ""] = lines[0]?.split(" ") ?? [];
    const cursor = (index: number) => ({ endCursor: `${head} ${index}`, hasNextPage: true });
    const history: History = { lines, second: cursor(99), third: cursor(199) };
    return { url, gitDir, nodeId, head, history };
  }

  it.each<{ what: string; answer: (history: History) => FaultAnswer; error: RegExp }>([
    {
      what: "the page before it again",
      answer: ({ lines, second }) => page(lines.slice(0, 100).map(node), second),
      error: /page before it again/,
    },
    {
      what: "a page with a commit twice",
      answer: ({ lines, third }) =>
        page([...lines.slice(100, 199), ...lines.slice(100, 101)].map(node), third),
      error: /commit twice/,
    },
    {
      what: "a page of more commits than asked for",
      answer: ({ lines, third }) => page(lines.slice(100, 201).map(node), third),
      error: /more commits than asked for/,
    },
    {
      what: "an empty page that promises more",
      answer: ({ third }) => page([], third),
      error: /without a way to go on/,
    },
    {
      what: "more to come, and no cursor",
      answer: ({ lines }) =>
        page(lines.slice(100, 200).map(node), { endCursor: null, hasNextPage: true }),
      error: /without a way to go on/,
    },
    {
      what: "no history",
      answer: () => ok({ data: { node: { object: { history: null } } } }),
      error: /another shape/,
    },
    { what: "HTML", answer: () => html, error: /neither data nor an error/ },
    {
      what: "half of a JSON text",
      answer: () => "not-json-200",
      error: /neither data nor an error/,
    },
    {
      what: "neither data nor errors",
      answer: () => "empty-200",
      error: /neither data nor an error/,
    },
    { what: "null", answer: () => ok({ data: null }), error: /neither data nor an error/ },
    { what: "a list", answer: () => ok([]), error: /neither data nor an error/ },
  ])(
    "in place of a page, $what: shows as an error, stores and deletes nothing, and is asked again",
    async ({ what, answer, error }) => {
      const { url, gitDir, head, history } = await create(what, 220);
      const faultId = await pipeline.gitHub.injectFault({
        when: { operationName: "History", includes: `${head} 99` },
        answer: answer(history),
        times: "always",
      });
      const id = await pipeline.add(url);
      await eventually(async () => {
        const row = await read(id);
        expect(row.lastError).toMatch(error);
        expect(row.attempts).toBeGreaterThanOrEqual(2);
      });
      const firstPage = history.lines.slice(0, 100).map((line) => line.slice(0, 40));
      expect(await storedOids(id)).toEqual(firstPage.sort());
      expect(await read(id)).toMatchObject({
        state: "BACKFILLING",
        headOid: null,
        commitCount: 100,
      });
      expect(await pipeline.database.primary.feedEvent.count({ where: { repositoryId: id } })).toBe(
        1,
      );

      await pipeline.gitHub.clearFaults(faultId);
      await expectExact(id, gitDir);
    },
  );

  it("in place of a first page, one that begins elsewhere: shows as an error and stores nothing", async () => {
    const { url, gitDir, nodeId, history } = await create("another start", 220);
    const faultId = await pipeline.gitHub.injectFault({
      when: { operationName: "History", includes: nodeId },
      answer: page(history.lines.slice(1, 101).map(node), history.second),
      times: "always",
    });
    const id = await pipeline.add(url);
    await eventually(async () =>
      expect((await read(id)).lastError).toMatch(/does not begin with the commit asked for/),
    );
    expect(await storedOids(id)).toEqual([]);
    await pipeline.gitHub.clearFaults(faultId);
    await expectExact(id, gitDir);
  });

  it.each<{ what: string; answer: (history: History) => FaultAnswer }>([
    {
      what: "the page before it, cursor moved on",
      answer: ({ lines, third }) => page(lines.slice(0, 100).map(node), third),
    },
    {
      what: "the page after it",
      answer: ({ lines, third }) => page(lines.slice(200, 300).map(node), third),
    },
    {
      what: "a page with commits left out",
      answer: ({ lines, third }) =>
        page(
          lines
            .slice(100, 200)
            .filter((_, index) => index % 3 !== 1)
            .map(node),
          third,
        ),
    },
    {
      what: "commits of another repository",
      answer: ({ third }) =>
        page(
          Array.from({ length: 100 }, (_, index) => node(`${alien(index)} ${alien(index + 1)}`)),
          third,
        ),
    },
    {
      what: "the end of the history",
      answer: () => page([], { endCursor: null, hasNextPage: false }),
    },
  ])(
    "in place of a page, $what: nothing is stored that no stored commit leads to, nothing is missing in the end",
    async ({ what, answer }) => {
      const { url, gitDir, head, history } = await create(what, 300);
      await pipeline.gitHub.injectFault({
        when: { operationName: "History", includes: `${head} 99` },
        answer: answer(history),
      });
      const id = await pipeline.add(url);
      await expectExact(id, gitDir);
      expect(await requestsWith(`${head} 99`)).toBeGreaterThan(0);
    },
  );

  it.each([
    { what: "first page", historyItemsMax: 30, nth: 1 },
    { what: "second page", historyItemsMax: 130, nth: 2 },
    { what: "second page to nothing", historyItemsMax: 100, nth: 2 },
    { what: "every page", historyItemsMax: 30 },
    { what: "every page to one commit", historyItemsMax: 1 },
  ])(
    "that cuts the $what short without a word: the walk goes on from what is missing, to the end",
    async ({ what, historyItemsMax, nth }) => {
      const { url, gitDir, nodeId } = await create(`short ${what}`, 120);
      const when = { operationName: "History", includes: nodeId };
      const faultId = await pipeline.gitHub.injectFault({
        when: nth === undefined ? when : { ...when, nth },
        answer: { historyItemsMax },
        times: nth === undefined ? "always" : 1,
      });
      const id = await pipeline.add(url);
      await expectExact(id, gitDir);
      expect(await requestsWith(nodeId)).toBeGreaterThanOrEqual(nth ?? 1);
      await pipeline.gitHub.clearFaults(faultId);
    },
  );

  it.each<{ what: string; answer: FaultAnswer; error: RegExp }>([
    { what: "HTML", answer: html, error: /neither data nor an error/ },
    { what: "neither data nor errors", answer: "empty-200", error: /neither data nor an error/ },
    {
      what: "commits that are not theirs",
      answer: ok({ data: { node: { c0_0: node(`${alien(1)} ${alien(2)}`) } } }),
      error: /does not tell the commit/,
    },
    { what: "a list", answer: ok({ data: { node: [] } }), error: /another shape/ },
  ])(
    "in place of first parents, $what: shows as an error, stores and deletes nothing, and is asked again",
    async ({ what, answer, error }) => {
      const { url, gitDir, nodeId } = await create(`parents ${what}`, 120);
      await pipeline.gitHub.injectFault({
        when: { operationName: "History", includes: nodeId, nth: 1 },
        answer: { historyItemsMax: 30 }, // and no next page: the walk goes on from the open parents
      });
      const faultId = await pipeline.gitHub.injectFault({
        when: { operationName: "FirstParents", includes: nodeId },
        answer,
        times: "always",
      });
      const id = await pipeline.add(url);
      await eventually(async () => {
        const row = await read(id);
        expect(row.lastError).toMatch(error);
        expect(row.attempts).toBeGreaterThanOrEqual(2);
      });
      expect(await storedOids(id)).toHaveLength(30);
      expect(await read(id)).toMatchObject({ state: "BACKFILLING", headOid: null });
      await pipeline.gitHub.clearFaults(faultId);
      await expectExact(id, gitDir);
    },
  );

  it.each<{ what: string; answer: FaultAnswer; error: RegExp }>([
    { what: "HTML", answer: html, error: /neither data nor an error/ },
    { what: "half of a JSON text", answer: "not-json-200", error: /neither data nor an error/ },
    { what: "neither data nor errors", answer: "empty-200", error: /neither data nor an error/ },
    { what: "a shorter list", answer: ok({ data: { nodes: [] } }), error: /another shape/ },
    { what: "an empty object", answer: ok({ data: { nodes: [{}] } }), error: /another shape/ },
  ])(
    "to a check, $what: shows as an error, is no evidence that a repository is gone, and is asked again",
    async ({ what, answer, error }) => {
      const { url, gitDir, nodeId } = await create(`check ${what}`, 5);
      const id = await pipeline.add(url);
      await expectExact(id, gitDir);
      const kept = await storedOids(id);
      const faultId = await pipeline.gitHub.injectFault({
        when: { operationName: "LookUp", includes: nodeId },
        answer,
        times: "always",
      });
      await pipeline.gitHub.commit(url, [{ message: "not seen yet" }]);
      await eventually(async () => expect((await read(id)).lastError).toMatch(error));
      expect(await read(id)).toMatchObject({ state: "ACTIVE" });
      expect(await storedOids(id)).toEqual(kept);
      await pipeline.gitHub.clearFaults(faultId);
      await expectExact(id, gitDir);
    },
  );

  it("to a check, a head that is no object id: shows as an error of that repository alone", async () => {
    await using own = await startPipeline();
    const { gitHub } = own;
    const add = async (name: string) => {
      const { gitDir, id: nodeId } = await gitHub.addRepository({ owner: "octo", name });
      await gitHub.commit(`octo/${name}`, mergyHistory(5));
      const id = await own.add(`octo/${name}`);
      await expectExact(id, gitDir, own);
      return { id, nodeId, gitDir, name };
    };
    const good = await add("good");
    const bad = await add("bad");
    const nodeOf = ({ nodeId, name }: typeof bad, oid: string) => ({
      id: nodeId,
      databaseId: 1,
      name,
      owner: { login: "octo" },
      isArchived: false,
      isDisabled: false,
      isPrivate: false,
      pushedAt: null,
      defaultBranchRef: { name: "main", target: { oid } },
    });
    const [pushed = ""] = await gitHub.commit("octo/good", [{ message: "pushed" }]);
    const both = [nodeOf(bad, "not an object id"), nodeOf(good, pushed)];
    const orders = [
      { includes: `"${bad.nodeId}","${good.nodeId}"`, nodes: both },
      { includes: `"${good.nodeId}","${bad.nodeId}"`, nodes: both.toReversed() },
      { includes: `["${bad.nodeId}"]`, nodes: both.slice(0, 1) },
    ];
    for (const { includes, nodes } of orders) {
      await gitHub.injectFault({
        when: { operationName: "LookUp", includes },
        answer: ok({ data: { nodes } }),
        times: "always",
      });
    }
    await eventually(async () =>
      expect((await read(bad.id, own)).lastError).toMatch(/another shape/),
    );
    await expectExact(good.id, good.gitDir, own);
    await gitHub.clearFaults();
    await expectExact(bad.id, bad.gitDir, own);
  });
});
