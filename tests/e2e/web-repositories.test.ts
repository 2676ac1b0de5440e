import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { readRepository } from "../support/tracker-api.js";
import { APP, setWebScene, type WebScene } from "../support/web-scene.js";

const LONG = 900;
/** So that a first history takes some seconds. */
const SLOW = { latency: { databaseMs: 0, gitMs: 0, pageMs: 600 } };

describe("the pages of repositories, in a real browser", { timeout: 240_000 }, () => {
  let scene: WebScene;
  beforeAll(async () => {
    scene = await setWebScene();
    const { gitHub } = scene;
    for (const name of ["long", "passing", "tools"]) {
      await gitHub.addRepository({ owner: "acme", name });
      await gitHub.commit(`acme/${name}`, [{ message: `of ${name}` }]);
    }
    const many = Array.from({ length: LONG }, (_, index) => ({ message: `change ${index}` }));
    await gitHub.commit("acme/long", many);
  }, 90_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());

  const stateOf = async (name: string) => (await readRepository(scene.tracker.url, name)).state;

  it("adds many by address, says what became of each, and shows a first history come in", async () => {
    await scene.gitHub.configure(SLOW);
    await using web = await scene.open({ path: "/repositories" });
    await web.button("Add repositories").click();
    await web.page
      .getByLabel("Addresses, as many as you like")
      .fill(`https://github.com/acme/long, ${APP}\nnowhere`);
    await web.button("Add 3 repositories").click();
    const results = web.page.getByRole("status", { name: "What became of each" });
    await web.eventuallySays(results, /long\s+added/);
    await web.eventuallySays(results, /app\s+tracked already/);
    expect(await results.locator(".is-bad").count()).toBe(1);
    await web.page.keyboard.press("Escape");
    await web.page.getByRole("progressbar", { name: "First history of acme/long" }).waitFor();
    await scene.gitHub.configure({ latency: null });
    const row = web.page.getByRole("row").filter({ hasText: "acme/long" });
    await web.eventuallySays(row, /Active[\s\S]*901/);
    expect(web.strays).toEqual([]);
  });

  it("says what adding all of an owner would be and cost, before it does it", async () => {
    await using web = await scene.open({ path: "/repositories?add=1" });
    await web.button("All of an owner").click();
    await web.page.getByLabel("User or organisation").fill("acme");
    await web.button("Look what that would be").click();
    await web.shows(/of acme would be added/);
    await expect(stateOf("acme/tools")).rejects.toThrow();
    await web.button(/^Add \d repositor/).click();
    await web.shows(/of acme added/);
    await web.page.keyboard.press("Escape");
    await web.link("acme/tools").waitFor();
    await eventually(async () => expect(await stateOf("acme/tools")).toBe("ACTIVE"));
    expect(web.strays).toEqual([]);
  });

  it("searches, filters and sorts by an address that can be shared", async () => {
    await using web = await scene.open({ path: "/repositories?sort=name" });
    const names = () => web.page.locator(".repository-name a").allInnerTexts();
    await eventually(async () => {
      expect(await names()).toEqual(["acme/app", "acme/long", "acme/passing", "acme/tools"]);
    });
    await web.page.getByLabel("Sort").selectOption("Name, Z to A");
    await eventually(async () => expect((await names())[0]).toBe("acme/tools"));
    await web.page.getByLabel("Search repositories").fill("acme/pas");
    await eventually(async () => expect(await names()).toEqual(["acme/passing"]));
    await using shared = await scene.open({ path: web.page.url().replace(scene.tracker.url, "") });
    await shared.link("acme/passing").waitFor();
    await shared.page.getByLabel("State").selectOption("Paused");
    await shared.shows("No repository matches");
    await shared.button("Show all").click();
    await shared.link("acme/tools").waitFor();
    expect([...web.strays, ...shared.strays]).toEqual([]);
  });

  it("pauses, resumes, and removes after it has asked", async () => {
    await using web = await scene.open({ path: "/repositories?q=passing" });
    await web.act("acme/passing", "Pause");
    const row = web.page.getByRole("row").filter({ hasText: "acme/passing" });
    await web.eventuallySays(row, "Paused");
    await web.act("acme/passing", "Resume");
    await web.eventuallySays(row, "Active");
    await web.act("acme/passing", "Remove…");
    await web.button("Keep it").click();
    await row.waitFor();
    await web.act("acme/passing", "Remove…");
    await web.button("Remove").click();
    await web.shows("acme/passing is removed, with 1 commit.");
    await web.shows("No repository matches");
    expect(web.strays).toEqual([]);
  });

  it("shows how many commits a reset deletes before it deletes them", async () => {
    await using web = await scene.open({ path: `/repositories/${APP}` });
    await web.shows("Commits a week");
    await web.act(APP, "Reset commits…");
    await web.page.getByLabel("Commits dated from this day on (UTC)").fill("2000-01-01");
    await web.button("Reset 2 commits").click();
    await web.shows("2 commits of acme/app deleted; they are fetched again.");
    await eventually(async () => {
      const { state, commitCount } = await readRepository(scene.tracker.url, APP);
      expect({ state, commitCount }).toEqual({ state: "ACTIVE", commitCount: 2 });
    });
    expect(web.strays).toEqual([]);
  });

  it("shows one repository's figures, its commits by an address, and verifies it now", async () => {
    await using web = await scene.open({ path: "/repositories/ACME/long?text=899" });
    await web.shows("1 match");
    await eventually(async () => expect(await web.headlines()).toEqual(["change 899"]));
    expect(new URL(web.page.url()).pathname).toBe("/repositories/acme/long");
    expect(await web.page.title()).toBe("acme/long · GitHub change tracker");
    await web.page
      .getByRole("img", { name: /901 commits/ })
      .first()
      .waitFor();
    await web.page.getByRole("region", { name: "Top authors" }).getByText("901").waitFor();
    await web.button("Verify now").click();
    await web.shows(/Verified .*GitHub counted 901 then/);
    await web.page.locator(".commit-headline").first().click();
    await web.page.getByRole("heading", { name: "change 899" }).waitFor();
    await web.shows(/Event \d+ of \d+, stored/);
    await web.page.getByText("change 898").click();
    await web.page.getByRole("heading", { name: "change 898" }).waitFor();
    await web.page.goBack();
    await web.page.getByRole("heading", { name: "change 899" }).waitFor();
    expect(web.strays).toEqual([]);
  });
});
