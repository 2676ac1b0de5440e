import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RepositoryFacts } from "../../src/github-stand-in/control/control.js";
import type { CommitSpec } from "../../src/github-stand-in/git/git-write.js";
import type { GitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { ask, git, revList } from "./ask.js";

interface CommitAnswer {
  readonly oid: string;
  readonly parents: { readonly nodes: readonly { readonly oid: string }[] };
}
interface HistoryAnswer {
  readonly totalCount: number;
  readonly nodes: readonly CommitAnswer[];
  readonly pageInfo: {
    readonly startCursor: string | null;
    readonly endCursor: string | null;
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
  };
}
interface Data {
  readonly node: { readonly object: { readonly history: HistoryAnswer } | null };
}

const HISTORY = `query History($id: ID!, $oid: GitObjectID!, $first: Int, $after: String, $last: Int, $before: String) {
  node(id: $id) { ... on Repository { object(oid: $oid) { ... on Commit {
    history(first: $first, after: $after, last: $last, before: $before) {
      totalCount
      pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
      nodes { oid parents(first: 100) { nodes { oid } } }
    }
  } } } }
}`;

let standIn: GitHubStandIn;
let repository: RepositoryFacts;
let oids: string[];

/** Branches of branches, an octopus, two roots, and dates that do not follow the graph. */
function mergeHistory(): CommitSpec[] {
  const commits: CommitSpec[] = [];
  let tip = -1;
  for (let step = 0; commits.length < 330; step += 1) {
    const date = new Date(Date.UTC(2024, 0, 1 + step, step % 7 === 3 ? -400 : 0)).toISOString();
    const author = { name: "Ada", email: "ada@example.com", date };
    const add = (message: string, parents: readonly string[]) =>
      commits.push({ message, author, parents }) - 1;
    if (step % 5 !== 4) {
      tip = add(`step ${step}`, tip < 0 ? [] : [`:${tip}`]);
      continue;
    }
    const left = add(`left ${step}`, step === 49 ? [] : [`:${tip}`]);
    const right = add(`right ${step}`, [`:${Math.max(0, tip - 3)}`]);
    const sides = step % 10 === 4 ? [left, right] : [left];
    tip = add(
      `merge ${step}`,
      [tip, ...sides].map((side) => `:${side}`),
    );
  }
  return commits;
}

beforeAll(async () => {
  standIn = await startGitHubStandIn({ secondaryLimits: null });
  repository = await standIn.addRepository({ owner: "acme", name: "merges" });
  await standIn.commit("acme/merges", mergeHistory());
  repository = await standIn.describeRepository("acme/merges");
  oids = revList(repository.gitDir, "main");
});

afterAll(() => standIn.stop());

async function history(variables: Readonly<Record<string, unknown>>, target = repository) {
  const answer = await ask<Data>(standIn.url, HISTORY, {
    id: target.id,
    oid: target.headOid,
    ...variables,
  });
  return { ...answer, history: answer.data?.node.object?.history as HistoryAnswer };
}

describe("history", () => {
  test("pages through a merge history in git's own order, with every parent", async () => {
    const seen: CommitAnswer[] = [];
    const cursors: (string | null)[] = [];
    for (let after: string | null = null; ; ) {
      const { history: page } = await history({ first: 100, after });
      seen.push(...page.nodes);
      cursors.push(page.pageInfo.endCursor);
      expect(page.totalCount).toBe(oids.length);
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(seen.map(({ oid }) => oid)).toEqual(oids);
    expect(cursors.slice(0, 2)).toEqual([`${repository.headOid} 99`, `${repository.headOid} 199`]);
    const lines = seen.map(({ oid, parents }) =>
      [oid, ...parents.nodes.map((p) => p.oid)].join(" "),
    );
    expect(lines.join("\n")).toBe(git(repository.gitDir, ["rev-list", "--parents", "main"]));
  });

  test("begins with the head even where the head is older than its parents", async () => {
    const { id } = await standIn.addRepository({ owner: "acme", name: "old-head" });
    const at = (date: string) => ({ name: "A", email: "a@example.com", date });
    const written = await standIn.commit("acme/old-head", [
      { message: "young root", author: at("2020-01-01T00:00:00Z") },
      { message: "old head", author: at("2001-01-01T00:00:00Z") },
    ]);
    const headOid = written[1] ?? "";
    const answer = await history({ first: 10, id, oid: headOid });
    expect(answer.history.nodes.map(({ oid }) => oid)).toEqual([headOid, written[0]]);
  });

  test("takes a hand-made cursor, an empty one, and pages backwards", async () => {
    const last = await history({ first: 5, after: `${repository.headOid} ${oids.length - 2}` });
    expect(last.history.nodes.map(({ oid }) => oid)).toEqual(oids.slice(-1));
    expect(last.history.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const first = await history({ first: 2, after: "" });
    expect(first.history.nodes.map(({ oid }) => oid)).toEqual(oids.slice(0, 2));
    const back = await history({ last: 3, before: `${repository.headOid} 10` });
    expect(back.history.nodes.map(({ oid }) => oid)).toEqual(oids.slice(7, 10));
    const beyond = await history({ first: 2, after: `${repository.headOid} ${oids.length + 5}` });
    expect(beyond.history.nodes).toEqual([]);
    expect(beyond.history.pageInfo).toMatchObject({ endCursor: null, hasNextPage: false });
  });

  test("counts without a page size, with none of its items", async () => {
    const answer = await ask<{ repository: { object: { history: { totalCount: number } } } }>(
      standIn.url,
      `{ repository(owner: "acme", name: "merges") { object(expression: "main") { ... on Commit { history { totalCount } } } } }`,
    );
    expect(answer.data.repository.object.history.totalCount).toBe(oids.length);
  });

  test("refuses what is no cursor, in GitHub's words, and nulls the object around it", async () => {
    const answer = await history({ first: 10, after: "invalid cursor" });
    expect(answer.data).toEqual({ node: { object: null } });
    expect(answer.errors).toEqual([
      {
        type: "INVALID_CURSOR_ARGUMENTS",
        path: ["node", "object", "history"],
        locations: [{ line: 3, column: 5 }],
        message: "`invalid cursor` does not appear to be a valid cursor.",
      },
    ]);
  });

  test("answers a cursor of another head in each of the three ways GitHub might", async () => {
    const own = await startGitHubStandIn({ secondaryLimits: null });
    try {
      const facts = await own.addRepository({ owner: "acme", name: "moving" });
      const old = await own.commit(
        "acme/moving",
        Array.from({ length: 6 }, (_, n) => ({ message: `${n}` })),
      );
      const added = await own.commit("acme/moving", [{ message: "new" }]);
      const oldWalk = revList(facts.gitDir, old[5] ?? "");
      const newWalk = revList(facts.gitDir, added[0] ?? "");
      const next = async () => {
        const variables = { id: facts.id, oid: added[0], first: 2, after: `${old[5]} 1` };
        const answer = await ask<Data>(own.url, HISTORY, variables);
        return answer.data.node.object?.history.nodes.map(({ oid }) => oid) ?? answer.errors;
      };
      expect(await next()).toEqual(oldWalk.slice(2, 4));
      await own.configure({ cursorMode: "apply-index" });
      expect(await next()).toEqual(newWalk.slice(2, 4));
      await own.configure({ cursorMode: "refuse" });
      expect(await next()).toMatchObject([{ type: "INVALID_CURSOR_ARGUMENTS" }]);
    } finally {
      await own.stop();
    }
  });

  test("goes on from a walk longer than a thousand commits without a gap", async () => {
    const { id, gitDir } = await standIn.addRepository({ owner: "acme", name: "long" });
    const many = Array.from({ length: 1_150 }, (_, n) => ({ message: `commit ${n}` }));
    const head = (await standIn.commit("acme/long", many)).at(-1);
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: HistoryAnswer = (await history({ id, oid: head, first: 100, after })).history;
      seen.push(...page.nodes.map(({ oid }) => oid));
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual(revList(gitDir, "main"));
  });
});

describe("a commit", () => {
  const COMMIT = `query ($oid: GitObjectID!) { repository(owner: "acme", name: "people") { object(oid: $oid) { ... on Commit {
    message messageHeadline messageBody abbreviatedOid authoredDate committedDate url
    author { name email date user { login avatarUrl } }
    committer { name date user { login } }
  } } } }`;
  const commit = async (oid: string) => {
    const answer = await ask<{ repository: { object: Record<string, unknown> } }>(
      standIn.url,
      COMMIT,
      { oid },
    );
    return answer.data.repository.object;
  };
  let gitDir: string;

  beforeAll(async () => {
    ({ gitDir } = await standIn.addRepository({ owner: "acme", name: "people" }));
  });

  test("has UTC dates, dates with the author's offset, and accounts by e-mail", async () => {
    await standIn.linkEmail("Bo@Example.com", "bo");
    const [oid = ""] = await standIn.commit("acme/people", [
      {
        message: "Fix the thing\n\nBecause it was broken.\n",
        author: {
          name: "Ada Löv",
          email: "4101+ada@users.noreply.github.com",
          date: "2021-05-12T18:17:49-05:00",
        },
        committer: { name: "Bo", email: "bo@example.com", date: "2021-05-13T01:00:00+02:00" },
      },
    ]);
    expect(await commit(oid)).toEqual({
      message: "Fix the thing\n\nBecause it was broken.",
      messageHeadline: "Fix the thing",
      messageBody: "Because it was broken.",
      abbreviatedOid: oid.slice(0, 7),
      authoredDate: "2021-05-12T23:17:49Z",
      committedDate: "2021-05-12T23:00:00Z",
      url: `https://github.com/acme/people/commit/${oid}`,
      author: {
        name: "Ada Löv",
        email: "4101+ada@users.noreply.github.com",
        date: "2021-05-12T18:17:49-05:00",
        user: { login: "ada", avatarUrl: "https://avatars.githubusercontent.com/u/4101?v=4" },
      },
      committer: { name: "Bo", date: "2021-05-13T01:00:00+02:00", user: { login: "bo" } },
    });
    expect(git(gitDir, ["log", "-1", "--format=%aI %cI", oid])).toBe(
      "2021-05-12T18:17:49-05:00 2021-05-13T01:00:00+02:00",
    );
  });

  test("shows bytes that are not UTF-8 as U+FFFD, and no user for an unknown e-mail", async () => {
    const tree = git(gitDir, ["hash-object", "-t", "tree", "-w", "--stdin"], "");
    const raw = Buffer.concat([
      Buffer.from(`tree ${tree}\nauthor J`),
      Buffer.from([0xfc]),
      Buffer.from("rg <j@example.com> 1000000000 +0000\ncommitter X <x@example.com> 1 +0000\n"),
      Buffer.from("encoding ISO-8859-1\n\nna"),
      Buffer.from([0xef]),
      Buffer.from("ve\n"),
    ]);
    const oid = git(gitDir, ["hash-object", "-t", "commit", "-w", "--stdin"], raw);
    expect(await commit(oid)).toMatchObject({
      message: "na\uFFFDve",
      author: { name: "J\uFFFDrg", date: "2001-09-09T01:46:40Z", user: null },
      committedDate: "1970-01-01T00:00:01Z",
    });
  });
});
