import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { ask, git } from "./ask.js";

let standIn: GitHubStandIn;

beforeAll(async () => {
  standIn = await startGitHubStandIn({ secondaryLimits: null });
});
afterAll(() => standIn.stop());

const FIELDS = `id databaseId name nameWithOwner owner { login } url isArchived archivedAt isDisabled isEmpty isFork
  isPrivate visibility isLocked pushedAt updatedAt createdAt defaultBranchRef { name target { oid ... on Commit { message } } }`;

interface RepositoryAnswer {
  readonly id: string;
  readonly nameWithOwner: string;
  readonly pushedAt: string | null;
  readonly isEmpty: boolean;
  readonly defaultBranchRef: { readonly name: string; readonly target: { oid: string } } | null;
}

async function byName(nameWithOwner: string, followRenames = true, token?: string) {
  const [owner, name] = nameWithOwner.split("/");
  return ask<{ repository: RepositoryAnswer | null }>(
    standIn.url,
    `query ($owner: String!, $name: String!, $follow: Boolean) {
      repository(owner: $owner, name: $name, followRenames: $follow) { ${FIELDS} } }`,
    { owner, name, follow: followRenames },
    token === undefined ? {} : { authorization: `bearer ${token}` },
  );
}

async function byId(id: string) {
  return ask<{ node: RepositoryAnswer | null }>(
    standIn.url,
    `query ($id: ID!) { node(id: $id) { __typename ... on Repository { ${FIELDS} } } }`,
    { id },
  );
}

const notFound = (nameWithOwner: string) => [
  {
    type: "NOT_FOUND",
    path: ["repository"],
    locations: [{ line: 2, column: 7 }],
    message: `Could not resolve to a Repository with the name '${nameWithOwner}'.`,
  },
];

describe("a repository", () => {
  test("answers by name in any letter case and by id, with its head", async () => {
    const facts = await standIn.addRepository({
      owner: "Acme",
      name: "Rocket",
      createdAt: "2020-02-02T00:00:00Z",
    });
    const [oid] = await standIn.commit("acme/rocket", [{ message: "Ignition" }]);
    const { data } = await byName("aCME/rOCKET");
    expect(data.repository).toMatchObject({
      id: facts.id,
      databaseId: facts.databaseId,
      name: "Rocket",
      nameWithOwner: "Acme/Rocket",
      owner: { login: "Acme" },
      url: "https://github.com/Acme/Rocket",
      isArchived: false,
      archivedAt: null,
      isDisabled: false,
      isEmpty: false,
      isFork: false,
      isPrivate: false,
      visibility: "PUBLIC",
      isLocked: false,
      createdAt: "2020-02-02T00:00:00Z",
      defaultBranchRef: { name: "main", target: { oid, message: "Ignition" } },
    });
    expect((await byId(facts.id)).data.node).toMatchObject({ nameWithOwner: "Acme/Rocket" });
    expect(git(facts.gitDir, ["rev-parse", "main"])).toBe(oid);
  });

  test("without commits has no default branch until its first push", async () => {
    await standIn.addRepository({ owner: "acme", name: "empty" });
    expect((await byName("acme/empty")).data.repository).toMatchObject({
      isEmpty: true,
      defaultBranchRef: null,
      pushedAt: null,
    });
    const [oid] = await standIn.commit("acme/empty", [{ message: "first" }]);
    expect((await byName("acme/empty")).data.repository).toMatchObject({
      isEmpty: false,
      defaultBranchRef: { target: { oid } },
      pushedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  test("that does not exist is not found, in GitHub's words", async () => {
    const answer = await byName("whoisthis/sourcegraph");
    expect(answer.status).toBe(200);
    expect(answer.data).toEqual({ repository: null });
    expect(answer.errors).toEqual(notFound("whoisthis/sourcegraph"));
    expect(answer.text).toMatch(/"type":.*"path":.*"locations":.*"message":/);
  });

  test("keeps its id through a rename and a transfer, and answers under its old names", async () => {
    const { id } = await standIn.addRepository({ owner: "acme", name: "before" });
    await standIn.rename("acme/before", "after");
    await standIn.transfer("acme/after", "globex");
    for (const name of ["acme/before", "acme/after", "globex/after"]) {
      const { data } = await byName(name);
      expect(data.repository).toMatchObject({ id, nameWithOwner: "globex/after" });
    }
    expect((await byName("acme/before", false)).errors).toEqual(notFound("acme/before"));
    expect((await byName("globex/after", false)).data.repository).toMatchObject({ id });
  });

  test("made under a former name ends the redirect and has an id of its own", async () => {
    const first = await standIn.addRepository({ owner: "acme", name: "reused" });
    await standIn.rename("acme/reused", "moved-away");
    const second = await standIn.addRepository({ owner: "acme", name: "reused" });
    expect(second.id).not.toBe(first.id);
    expect((await byName("acme/reused")).data.repository).toMatchObject({ id: second.id });
    expect((await byId(first.id)).data.node).toMatchObject({ nameWithOwner: "acme/moved-away" });
  });

  test("once deleted is not found by name or id, and its name is free", async () => {
    const { id } = await standIn.addRepository({ owner: "acme", name: "doomed" });
    await standIn.deleteRepository("acme/doomed");
    expect((await byName("acme/doomed")).errors).toEqual(notFound("acme/doomed"));
    const answer = await byId(id);
    expect(answer.data).toEqual({ node: null });
    expect(answer.errors).toMatchObject([
      {
        type: "NOT_FOUND",
        path: ["node"],
        message: `Could not resolve to a node with the global id of '${id}'`,
      },
    ]);
    const again = await standIn.addRepository({ owner: "acme", name: "doomed" });
    expect(again.id).not.toBe(id);
  });

  test("that is private looks missing to everyone but those who may see it", async () => {
    await standIn.addUser({ login: "insider", tokens: ["inside"] });
    await standIn.addRepository({
      owner: "acme",
      name: "secret",
      isPrivate: true,
      visibleTo: ["insider"],
    });
    expect((await byName("acme/secret")).errors).toEqual(notFound("acme/secret"));
    const seen = await byName("acme/secret", true, "inside");
    expect(seen.data.repository).toMatchObject({ isPrivate: true, visibility: "PRIVATE" });
  });

  test("shows that it is archived or disabled, and refuses in the organisation's words", async () => {
    await standIn.addRepository({ owner: "acme", name: "flags" });
    await standIn.setFlags("acme/flags", { isArchived: true, isDisabled: true });
    expect((await byName("acme/flags")).data.repository).toMatchObject({
      isArchived: true,
      archivedAt: expect.any(String),
      isDisabled: true,
    });
    await standIn.setFlags("acme/flags", { isArchived: false, refusal: "saml" });
    expect((await byName("acme/flags")).errors).toEqual([
      {
        type: "FORBIDDEN",
        path: ["repository"],
        extensions: { saml_failure: true },
        locations: [{ line: 2, column: 7 }],
        message:
          "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.",
      },
    ]);
  });

  test("moves pushedAt without a new head where hidden refs are pushed", async () => {
    await standIn.addRepository({ owner: "acme", name: "pull-requests" });
    const [oid] = await standIn.commit("acme/pull-requests", [{ message: "one" }]);
    await standIn.setFlags("acme/pull-requests", { pushedAt: "2031-01-01T00:00:00Z" });
    expect((await byName("acme/pull-requests")).data.repository).toMatchObject({
      pushedAt: "2031-01-01T00:00:00Z",
      defaultBranchRef: { target: { oid } },
    });
  });

  test("may answer with its old kind of id unless asked for the new one; both are taken", async () => {
    const { id } = await standIn.addRepository({
      owner: "acme",
      name: "veteran",
      databaseId: 335_709_078,
      hasLegacyId: true,
    });
    const legacy = "MDEwOlJlcG9zaXRvcnkzMzU3MDkwNzg=";
    expect((await byName("acme/veteran")).data.repository?.id).toBe(legacy);
    for (const each of [id, legacy]) {
      expect((await byId(each)).data.node?.nameWithOwner).toBe("acme/veteran");
    }
    const next = await ask<{ repository: { id: string } }>(
      standIn.url,
      '{ repository(owner: "acme", name: "veteran") { id } }',
      {},
      { "x-github-next-global-id": "1" },
    );
    expect(next.data.repository.id).toBe(id);
  });
});

describe("nodes", () => {
  test("answer in order, with null and an error at the place of a dead id", async () => {
    const one = await standIn.addRepository({ owner: "acme", name: "node-1" });
    const two = await standIn.addRepository({ owner: "acme", name: "node-2" });
    const answer = await ask(
      standIn.url,
      "query ($ids: [ID!]!) {\n  nodes(ids: $ids) { __typename ... on Repository { name } }\n}",
      { ids: [one.id, "R_kgDOabcdefg", two.id] },
    );
    expect(answer.data).toEqual({
      nodes: [
        { __typename: "Repository", name: "node-1" },
        null,
        { __typename: "Repository", name: "node-2" },
      ],
    });
    expect(answer.errors).toEqual([
      {
        type: "NOT_FOUND",
        path: ["nodes", 1],
        locations: [{ line: 2, column: 3 }],
        message: "Could not resolve to a node with the global id of 'R_kgDOabcdefg'",
      },
    ]);
  });

  test("are at most 100 a field", async () => {
    const ids = (count: number) => Array.from({ length: count }, () => "R_kgDOG4pHtg");
    const answer = await ask(
      standIn.url,
      "query ($ids: [ID!]!) { nodes_101: nodes(ids: $ids) { id } }",
      {
        ids: ids(101),
      },
    );
    expect(answer.data).toBeNull();
    expect(answer.errors).toEqual([
      {
        type: "ARGUMENT_LIMIT",
        path: ["nodes_101"],
        locations: [{ line: 1, column: 24 }],
        message: "You may not provide more than 100 node ids; you provided 101.",
      },
    ]);
    const two = await ask<{ a: unknown[]; b: unknown[] }>(
      standIn.url,
      "query ($ids: [ID!]!) { a: nodes(ids: $ids) { id } b: nodes(ids: $ids) { id } }",
      { ids: ids(99) },
    );
    expect([two.data.a.length, two.data.b.length]).toEqual([99, 99]);
  });

  test("of the wrong kind for a fragment are objects without its fields", async () => {
    const { id } = await standIn.addRepository({ owner: "acme", name: "no-user" });
    const answer = await ask(
      standIn.url,
      "query ($id: ID!) { node(id: $id) { ... on User { login } } }",
      {
        id,
      },
    );
    expect(answer.data).toEqual({ node: {} });
    expect(answer.errors).toBeUndefined();
  });
});

describe("refs and objects", () => {
  test("that do not exist are null without an error", async () => {
    await standIn.addRepository({ owner: "acme", name: "sparse" });
    await standIn.commit("acme/sparse", [{ message: "one" }]);
    const answer = await ask(
      standIn.url,
      `{ repository(owner: "acme", name: "sparse") {
        a: object(oid: "${"0".repeat(39)}1") { oid } b: object(expression: "main~7") { oid }
        c: ref(qualifiedName: "nope") { name } d: ref(qualifiedName: "../../config") { name }
        e: object(expression: "main") { oid } f: ref(qualifiedName: "main") { name prefix }
      } }`,
    );
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toMatchObject({
      repository: {
        a: null,
        b: null,
        c: null,
        d: null,
        e: { oid: expect.any(String) },
        f: { name: "main", prefix: "refs/heads/" },
      },
    });
  });

  test("compare tells new commits from rewritten history, as git counts them", async () => {
    const { gitDir } = await standIn.addRepository({ owner: "acme", name: "rewritten" });
    const old = await standIn.commit("acme/rewritten", [
      { message: "a" },
      { message: "b" },
      { message: "c" },
    ]);
    const [a = "", , c = ""] = old;
    const compare = async (headRef: string) => {
      const { data, errors } = await ask<{
        repository: { ref: { compare: Record<string, unknown> | null } };
      }>(
        standIn.url,
        `query ($head: String!) { repository(owner: "acme", name: "rewritten") { ref(qualifiedName: "refs/heads/main") {
          compare(headRef: $head) { aheadBy behindBy status commits(first: 10) { nodes { oid } } } } } }`,
        { head: headRef },
      );
      return data.repository.ref.compare ?? errors;
    };
    expect(await compare("main")).toMatchObject({ aheadBy: 0, behindBy: 0, status: "IDENTICAL" });
    expect(await compare(a)).toMatchObject({ aheadBy: 0, behindBy: 2, status: "BEHIND" });
    const [d = ""] = await standIn.writeCommits("acme/rewritten", [{ message: "d", parents: [a] }]);
    await expect(standIn.push("acme/rewritten", "main", d)).rejects.toThrow("forcePush");
    await standIn.forcePush("acme/rewritten", "main", d);
    const counts = git(gitDir, ["rev-list", "--left-right", "--count", `main...${c}`]).split("\t");
    expect(await compare(c)).toEqual({
      aheadBy: Number(counts[1]),
      behindBy: Number(counts[0]),
      status: "DIVERGED",
      commits: { nodes: [{ oid: old[1] }, { oid: c }] },
    });
    expect(await compare("nowhere")).toMatchObject([{ type: "NOT_FOUND" }]);
  });

  test("a commit that was pushed away stays readable, unless it is pruned", async () => {
    await standIn.addRepository({ owner: "acme", name: "pruned" });
    const [kept = "", lost = ""] = await standIn.commit("acme/pruned", [
      { message: "kept" },
      { message: "lost" },
    ]);
    const read = async () => {
      const { data } = await ask<{ repository: { object: { oid: string } | null } }>(
        standIn.url,
        'query ($oid: GitObjectID!) { repository(owner: "acme", name: "pruned") { object(oid: $oid) { oid } } }',
        { oid: lost },
      );
      return data.repository.object?.oid ?? null;
    };
    await standIn.forcePush("acme/pruned", "main", kept);
    expect(await read()).toBe(lost);
    await standIn.forcePush("acme/pruned", "main", kept, { prune: true });
    expect(await read()).toBeNull();
  });

  test("packed refs, other default branches and deleted ones are seen at once", async () => {
    const { gitDir } = await standIn.addRepository({ owner: "acme", name: "packed" });
    const [oid = ""] = await standIn.commit("acme/packed", [{ message: "one" }]);
    await standIn.push("acme/packed", "release/1.x", oid);
    git(gitDir, ["pack-refs", "--all"]);
    expect((await byName("acme/packed")).data.repository?.defaultBranchRef?.target.oid).toBe(oid);
    await standIn.setDefaultBranch("acme/packed", "release/1.x");
    expect((await byName("acme/packed")).data.repository?.defaultBranchRef?.name).toBe(
      "release/1.x",
    );
    await standIn.deleteBranch("acme/packed", "release/1.x");
    expect((await byName("acme/packed")).data.repository?.defaultBranchRef).toBeNull();
  });
});
