import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pruneFeed } from "../../src/store/feed/feed-pruning.js";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { eventually } from "../support/eventually.js";
import { ask } from "../support/graphql-client.js";
import { addRepository, readAllOids } from "../support/tracker-api.js";
import type { WebPage } from "../support/web-page.js";
import { APP, setWebScene, type WebScene } from "../support/web-scene.js";
import { startWholeTracker } from "../support/whole-tracker.js";

const SEEN_MS_MAX = 2_000;
const ANYBODY = { name: "Anybody", email: "anybody@mail.example" };
const SEEN_WITHIN_MS = 60_000;

describe("the live page, in a real browser", { timeout: 240_000 }, () => {
  let scene: WebScene;
  beforeAll(async () => {
    scene = await setWebScene();
  }, 90_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());

  /** How long it took from the push until it was seen. */
  async function pushAndSee(web: WebPage, message: string): Promise<number> {
    const pushedAt = performance.now();
    await scene.push(message);
    await web.newest(message);
    return performance.now() - pushedAt;
  }

  it("shows what was there, and a push on top of it within two seconds, without a reload", async () => {
    await using web = await scene.open();
    await web.live();
    await web.shows("Go on");
    const pushed: string[] = [];
    // What else the machine does can only make it later: one push tells.
    await eventually(async () => {
      pushed.unshift(`push ${pushed.length}`);
      expect(await pushAndSee(web, pushed[0] ?? "")).toBeLessThan(SEEN_MS_MAX);
    }, SEEN_WITHIN_MS);
    await pushAndSee(web, "once more");
    expect((await web.headlines()).slice(0, 2)).toEqual(["once more", pushed[0]]);
    const oid = web.page.locator(".commit-line .oid").first();
    expect(await oid.getAttribute("href")).toMatch(/\/acme\/app\/commit\/[0-9a-f]{40}$/);
    expect(web.strays).toEqual([]);
  });

  it("loses nothing and repeats nothing when the API is killed and started again", async () => {
    await using web = await scene.open();
    await web.live();
    await pushAndSee(web, "before the end");
    await scene.tracker.kill();
    await web.page.getByText("Reconnecting…").waitFor();
    for (const message of ["while away, 1", "while away, 2"]) await scene.push(message);
    await scene.tracker.startAgain();
    await web.live();
    await pushAndSee(web, "back again");
    const stored = await readAllOids(scene.tracker.url, APP);
    await eventually(async () => {
      const links = web.page.locator(".commit-line a.oid");
      const shown = await links.evaluateAll((all) =>
        all.map((link) => String((link as unknown as { href: string }).href).slice(-40)),
      );
      expect(shown.sort()).toEqual([...stored].sort());
    });
    expect((await web.headlines()).slice(0, 4)).toEqual([
      "back again",
      "while away, 2",
      "while away, 1",
      "before the end",
    ]);
  });

  it("stays still while it is paused, says how many are new, and shows them when told to", async () => {
    await using web = await scene.open();
    await web.live();
    await pushAndSee(web, "seen before the pause");
    await web.button("Pause").click();
    await scene.push("during the pause");
    await web.button(/1 new/).waitFor();
    await web.newest("seen before the pause");
    await web.button(/1 new/).click();
    await web.newest("during the pause");
    await web.page.locator(".commit-line").first().hover();
    await scene.push("while pointed at");
    await web.button(/1 new/).waitFor();
    await web.newest("during the pause");
    await web.page.mouse.move(2, 2);
    await web.newest("while pointed at");
  });

  it("shows a rewrite as such, and marks what it left behind", async () => {
    await using web = await scene.open();
    await web.live();
    const left = await scene.push("to be left behind");
    await web.newest("to be left behind");
    const [base = ""] = await scene.gitHub.writeCommits(APP, [
      { message: "instead of all", parents: [] },
    ]);
    await scene.gitHub.forcePush(APP, "main", base);
    await web.shows(/History rewritten: \d+ commits? left behind/);
    await web.goto(`/commits/${APP}/${left}`);
    await web.shows("A rewrite of the history has left this commit behind");
    await web.goto(`/repositories/${APP}`);
    await web.page.getByRole("region", { name: "Rewrites" }).getByText("left behind").waitFor();
    expect(web.strays).toEqual([]);
  });

  it("shows a hostile message as the text that it is", async () => {
    await using web = await scene.open();
    await web.live();
    const message = `<script>document.title="taken"</script><img src=x onerror="document.title='taken'"> \u202egnp.exe\n\n<b>body</b>`;
    const headline = message.split("\n")[0] ?? "";
    const oid = await scene.push(message);
    await web.newest(headline);
    await web.goto(`/commits/${APP}/${oid}`);
    await web.shows("<b>body</b>");
    // What turns the direction of text around ends with the text.
    expect(await web.page.locator("h1 bdi").innerText()).toBe(headline);
    expect(await web.page.title()).not.toContain("taken");
    expect(await web.page.locator("#page img, #page script, #page b").count()).toBe(0);
    expect(web.strays).toEqual([]);
  });

  it("follows chosen repositories alone, by an address that can be shared", async () => {
    await scene.gitHub.addRepository({ owner: "acme", name: "site" });
    await scene.gitHub.commit("acme/site", [{ message: "of the site" }]);
    await ask(scene.tracker.url, `mutation { addRepository(url: "acme/site") { created } }`);
    await using web = await scene.open({ path: "/?repository=acme%2Fsite" });
    await web.live();
    await web.shows("of the site");
    await scene.push("not of the site");
    await scene.gitHub.commit("acme/site", [{ message: "of the site again" }]);
    await web.newest("of the site again");
    expect(await web.headlines()).not.toContain("not of the site");
    await web.button("Show no longer only acme/site").click();
    await web.shows("not of the site");
    expect(new URL(web.page.url()).search).toBe("");
    expect(web.strays).toEqual([]);
  });

  it("shows what was committed before to several that are chosen, as one list", async () => {
    const histories = { one: ["a", "d", "e"], two: ["b", "c", "f"] };
    for (const [name, messages] of Object.entries(histories)) {
      await scene.gitHub.addRepository({ owner: "both", name });
      const commits = messages.map((message) => ({
        message,
        author: {
          ...ANYBODY,
          date: new Date(Date.UTC(2024, 0, "abcdef".indexOf(message) + 1)).toISOString(),
        },
      }));
      await scene.gitHub.commit(`both/${name}`, commits);
      await addRepository(scene.tracker.url, `both/${name}`);
    }
    await using web = await scene.open({ path: "/?repository=both%2Fone&repository=both%2Ftwo" });
    await eventually(async () => {
      expect(await web.headlines()).toEqual(["f", "e", "d", "c", "b", "a"]);
    }, 60_000);
    await scene.gitHub.commit("both/two", [{ message: "live" }]);
    await web.newest("live");
    expect(web.strays).toEqual([]);
  });

  it("begins anew with a tracker that knows nothing of its place in the feed", async () => {
    await using web = await scene.open();
    await web.live();
    await pushAndSee(web, "of the former tracker");
    await scene.tracker.stop();
    {
      const { port } = new URL(scene.tracker.url);
      await using other = await startWholeTracker(scene.gitHub, { PORT: port });
      await web.shows("No commits yet");
      await addRepository(other.url, APP);
      await web.newest("of the former tracker");
      await pushAndSee(web, "of the new tracker");
    }
    await scene.tracker.startAgain();
  });

  it("says that something is missing when its place in the feed is no longer kept, and goes on", async () => {
    await using web = await scene.open();
    await web.live();
    await pushAndSee(web, "seen before the gap");
    await scene.tracker.kill();
    const { database } = scene.tracker;
    const id = await storeRepository(database, "gone", "by");
    await storeEvent(database, id, line(901, 1));
    const newest = await storeEvent(database, id, line(902, 1));
    const limit = Number(newest) - 1;
    await database.transaction((tx) => pruneFeed(tx, { olderThanMs: 0, limit }));
    await scene.tracker.startAgain();
    await web.shows(/some of what came meanwhile is missing here/);
    await web.live();
    await pushAndSee(web, "after the gap");
    expect(await web.headlines()).toContain("seen before the gap");
  });
});
