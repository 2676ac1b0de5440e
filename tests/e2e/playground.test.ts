import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import {
  EXAMPLE,
  headlinesOf,
  type PlaygroundAnswer,
  type PlaygroundScene,
  setPlaygroundScene,
} from "../support/playground-scene.js";

describe("the playground, in a real browser", { timeout: 60_000 }, () => {
  let scene: PlaygroundScene;
  beforeAll(async () => {
    scene = await setPlaygroundScene();
  }, 90_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());

  it("says first what to do first, and does it at the first press", async () => {
    await using playground = await scene.open();
    expect((await playground.query()).split("\n")[0]).toMatch(/^# Begin here: press ▶/);
    await playground.press();
    const { data, errors } = await playground.response<PlaygroundAnswer>();
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ repositories: { nodes: [{ nameWithOwner: EXAMPLE }] } });
    expect(playground.strays).toEqual([]);
  });

  it("has tabs that all do something as they stand, before a reload and after", async () => {
    await using playground = await scene.open();
    const titles = await playground.titles();
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles.length).toBeGreaterThan(5);
    for (const round of ["fresh", "reloaded"]) {
      for (const title of titles.filter((name) => !["Follow", "Watch"].includes(name))) {
        await playground.openTab(title);
        await playground.press();
        const { data, errors } = await playground.response<PlaygroundAnswer>();
        expect(errors, `${round} ${title}`).toBeUndefined();
        expect(Object.keys(data ?? {}), `${round} ${title}`).not.toEqual([]);
      }
      await playground.tabsKept();
      await playground.reload();
      expect(await playground.titles()).toEqual(titles);
    }
    expect(playground.strays).toEqual([]);
  });

  it("keeps each tab with its variables through reloads, none of them twice", async () => {
    await using playground = await scene.open();
    const titles = await playground.titles();
    for (const title of ["Add", "Commits", "Follow"]) {
      await playground.openTab(title);
      const before = [await playground.query(), await playground.variables()];
      await eventually(async () => {
        const kept = await playground.page.evaluate<string>(
          "(({ tabs, activeTabIndex }) => tabs[activeTabIndex].title)(JSON.parse(localStorage.getItem('graphiql:tabState')))",
        );
        expect(kept).toBe(title);
      });
      for (let count = 0; count < 2; count += 1) {
        await playground.reload();
        expect(await playground.titles()).toEqual(titles);
        expect(await playground.activeTitle()).toBe(title);
        expect([await playground.query(), await playground.variables()]).toEqual(before);
      }
    }
  });

  it("shows a subscription's events one above the other as pushes land, and stops when told to", async () => {
    await using playground = await scene.open();
    await playground.follow();
    const pushed = ["one", "two", "three"];
    const shown = await scene.pushAndSee(playground, pushed);
    expect(headlinesOf(shown)).toEqual([...pushed].reverse());
    expect(shown.events).toBe(3);
    await playground.press();
    const before = await playground.responseText();
    await scene.push("not shown");
    await eventually(async () => {
      const { data } = await post<{ commits: { nodes: { messageHeadline: string }[] } }>(
        scene.tracker.url,
        "{ commits(first: 1) { nodes { messageHeadline } } }",
      );
      expect(data?.commits.nodes[0]?.messageHeadline).toBe("not shown");
    }, 30_000);
    expect(await playground.responseText()).toBe(before);
    expect(playground.strays).toEqual([]);
  });

  it("opens a link with its query, variables and operation, once", async () => {
    const query = `query A { feed { sequence } }
  query B($name: String!) { repository(nameWithOwner: $name) { nameWithOwner } }`;
    const search = `?${new URLSearchParams({
      query,
      variables: JSON.stringify({ name: EXAMPLE }),
      operationName: "B",
    })}`;
    await using playground = await scene.open({ search });
    expect(await playground.query()).toBe(query);
    expect(JSON.parse(await playground.variables())).toEqual({ name: EXAMPLE });
    await playground.press();
    const named = { data: { repository: { nameWithOwner: EXAMPLE } } };
    expect(await playground.response()).toEqual(named);
    const titles = await playground.titles();
    await playground.tabsKept();
    await playground.reload();
    expect(await playground.titles()).toEqual(titles);
    expect(await playground.query()).toBe(query);
    await playground.goto(search); // where it is open already
    expect(await playground.titles()).toEqual(titles);
    await playground.goto("?query=%7B__typename%7D");
    expect(await playground.query()).toBe("{__typename}");
    expect(await playground.titles()).toHaveLength(titles.length + 1);
    expect(playground.strays).toEqual([]);
  });

  it("makes a link of what is in a tab, which opens it elsewhere", async () => {
    await using here = await scene.open();
    await here.openTab("Commits");
    await here.page.getByRole("button", { name: "Link" }).click();
    const { search } = new URL(here.page.url());
    await using there = await scene.open({ search });
    expect(await there.query()).toBe(await here.query());
    expect(JSON.parse(await there.variables())).toEqual({ repository: EXAMPLE });
    await there.press();
    expect((await there.response<PlaygroundAnswer>()).errors).toBeUndefined();
  });
});
