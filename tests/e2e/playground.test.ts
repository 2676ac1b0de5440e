import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GitHubStandIn, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { createApiKey, revokeApiKey } from "../../src/store/keys/api-key-store.js";
import { launchChromium } from "../support/browser.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import { PlaygroundPage } from "../support/playground-page.js";
import { addRepository, readRepository } from "../support/tracker-api.js";
import { startWholeTracker, type WholeTracker } from "../support/whole-tracker.js";

/** What the prepared tabs name where there is no demo. */
const EXAMPLE = "expressjs/express";
const PHONES = [
  { width: 390, height: 844 },
  { width: 320, height: 568 },
];

interface Answer {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly { readonly message: string }[];
}
interface Followed {
  readonly events: number;
  readonly latest: readonly {
    readonly data: {
      readonly commitsIngested: {
        readonly commits: readonly { readonly messageHeadline: string }[];
      };
    };
  }[];
}

const headlines = ({ latest }: Followed) =>
  latest.map(({ data }) => data.commitsIngested.commits[0]?.messageHeadline);

describe("the playground, in a real browser", { timeout: 60_000 }, () => {
  let gitHub: GitHubStandIn;
  let browser: Browser;
  beforeAll(async () => {
    gitHub = await startGitHubStandIn();
    await gitHub.addRepository({ owner: "expressjs", name: "express" });
    await gitHub.commit(EXAMPLE, [{ message: "fix: the first" }, { message: "the second" }]);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await gitHub?.stop();
  });

  /** Each shows up before the next is pushed, so that each is an event of its own. */
  async function pushAndSee(playground: PlaygroundPage, messages: readonly string[]) {
    for (const message of messages) {
      await gitHub.commit(EXAMPLE, [{ message }]);
      await eventually(async () => {
        expect(headlines(await playground.response<Followed>())[0]).toBe(message);
      }, 30_000);
    }
    return await playground.response<Followed>();
  }

  describe("of a tracker that asks for no key", () => {
    let tracker: WholeTracker;
    let url: string;
    beforeAll(async () => {
      tracker = await startWholeTracker(gitHub);
      url = tracker.url;
      await addRepository(url, EXAMPLE);
      await eventually(async () => {
        expect(await readRepository(url, EXAMPLE)).toMatchObject({ state: "ACTIVE" });
      });
    });
    afterAll(() => tracker?.[Symbol.asyncDispose]());

    it("says first what to do first, and does it at the first press", async () => {
      await using playground = await PlaygroundPage.open(browser, url);
      expect((await playground.query()).split("\n")[0]).toMatch(/^# Begin here: press ▶/);
      await playground.press();
      const { data, errors } = await playground.response<Answer>();
      expect(errors).toBeUndefined();
      expect(data).toMatchObject({ repositories: { nodes: [{ nameWithOwner: EXAMPLE }] } });
      expect(playground.strays).toEqual([]);
    });

    it("has tabs that all do something as they stand, before a reload and after", async () => {
      await using playground = await PlaygroundPage.open(browser, url);
      const titles = await playground.titles();
      expect(new Set(titles).size).toBe(titles.length);
      expect(titles.length).toBeGreaterThan(5);
      for (const round of ["fresh", "reloaded"]) {
        for (const title of titles.filter((name) => !["Follow", "Watch"].includes(name))) {
          await playground.openTab(title);
          await playground.press();
          const { data, errors } = await playground.response<Answer>();
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
      await using playground = await PlaygroundPage.open(browser, url);
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
      await using playground = await PlaygroundPage.open(browser, url);
      await playground.openTab("Follow");
      await playground.press();
      await playground.page.locator(".graphiql-execute-button[aria-label^=Stop]").waitFor();
      const pushed = ["one", "two", "three"];
      const shown = await pushAndSee(playground, pushed);
      expect(headlines(shown)).toEqual([...pushed].reverse());
      expect(shown.events).toBe(3);
      await playground.press();
      const before = await playground.responseText();
      await gitHub.commit(EXAMPLE, [{ message: "not shown" }]);
      await eventually(async () => {
        const { data } = await post<{ commits: { nodes: { messageHeadline: string }[] } }>(
          url,
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
      await using playground = await PlaygroundPage.open(browser, url, { search });
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
      await using here = await PlaygroundPage.open(browser, url);
      await here.openTab("Commits");
      await here.page.getByRole("button", { name: "Link" }).click();
      const { search } = new URL(here.page.url());
      await using there = await PlaygroundPage.open(browser, url, { search });
      expect(await there.query()).toBe(await here.query());
      expect(JSON.parse(await there.variables())).toEqual({ repository: EXAMPLE });
      await there.press();
      expect((await there.response<Answer>()).errors).toBeUndefined();
    });

    it.each(PHONES)(
      "can all be used on a phone of $width × $height, where nothing is wider than it",
      async (viewport) => {
        const phone = { viewport, isMobile: true, hasTouch: true };
        await using playground = await PlaygroundPage.open(browser, url, phone);
        const { page } = playground;
        const { width, height } = viewport;
        const fits = async () => {
          expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
          expect(await page.evaluate("document.documentElement.scrollHeight")).toBe(height);
        };
        await fits();
        for (const title of (await playground.titles()).reverse()) {
          await page.locator(".graphiql-tab-button", { hasText: title }).tap();
          expect(await playground.activeTitle()).toBe(title);
        }
        await page.locator(".graphiql-execute-button").tap();
        expect((await playground.response<Answer>()).errors).toBeUndefined();
        for (const part of [".graphiql-query-editor .CodeMirror", ".result-window"]) {
          const box = await page.locator(part).boundingBox();
          expect(box?.width, part).toBeGreaterThan(width * 0.8);
          expect(box?.height, part).toBeGreaterThan(80);
        }
        await page.locator(".graphiql-query-editor .CodeMirror").tap();
        await page.keyboard.insertText("# by thumb ");
        await eventually(async () => expect(await playground.query()).toContain("# by thumb"));
        const buttons = page.locator(
          "button:visible:not(.graphiql-tab-button, .graphiql-tab-close)",
        );
        for (const button of await buttons.all()) {
          await button.scrollIntoViewIfNeeded(); // the last one of the tabs' row
          const box = await button.boundingBox();
          const name = await button.evaluate((element: { outerHTML: string }) => element.outerHTML);
          expect(box?.x, name).toBeGreaterThanOrEqual(0);
          expect((box?.x ?? 0) + (box?.width ?? 0), name).toBeLessThanOrEqual(width);
          expect((box?.y ?? 0) + (box?.height ?? 0), name).toBeLessThanOrEqual(height);
          await button.tap({ trial: true, timeout: 5_000 });
        }
        await page.getByRole("button", { name: "Show Documentation Explorer" }).tap();
        const docs = await page.locator(".graphiql-doc-explorer").boundingBox();
        expect(docs?.width).toBeGreaterThan(width * 0.6);
        expect(docs?.height).toBeGreaterThan(height * 0.6);
        await fits();
        await page.getByRole("button", { name: "Hide Documentation Explorer" }).tap();
        await page.getByRole("button", { name: "API key" }).tap();
        const dialog = await playground.dialog.boundingBox();
        expect(dialog?.x).toBeGreaterThanOrEqual(0);
        expect((dialog?.x ?? 0) + (dialog?.width ?? 0)).toBeLessThanOrEqual(width);
        await fits();
      },
    );
  });

  describe("of a tracker that asks for a key", () => {
    let tracker: WholeTracker;
    let url: string;
    beforeAll(async () => {
      tracker = await startWholeTracker(gitHub);
      url = tracker.url;
      await addRepository(url, EXAMPLE);
      await createApiKey(tracker.database, { name: "first", role: "READER" });
      await eventually(async () => {
        expect((await post(url, "{ feed { sequence } }")).errors).toBeDefined();
      });
    });
    afterAll(() => tracker?.[Symbol.asyncDispose]());

    let key: string;
    let revoke: () => Promise<unknown>;
    beforeEach(async () => {
      const made = await createApiKey(tracker.database, { name: "person", role: "WRITER" });
      key = made.secret;
      revoke = () => revokeApiKey(tracker.database, made.key.id);
    });

    const runs = async (playground: PlaygroundPage, title: string) => {
      await playground.openTab(title);
      await playground.press();
      expect((await playground.response<Answer>()).errors, title).toBeUndefined();
      expect(await playground.dialog.isVisible(), title).toBe(false);
    };

    it("asks for it once, for all tabs, subscriptions, reloads and pages", async () => {
      await using playground = await PlaygroundPage.open(browser, url);
      await playground.enterKey(key);
      await playground.dialog.waitFor({ state: "hidden" });
      for (const title of ["Repositories", "Add", "Commits"]) await runs(playground, title);
      await playground.openTab("Follow");
      await playground.press();
      expect((await pushAndSee(playground, ["with a key"])).events).toBe(1);
      await playground.reload();
      await runs(playground, "Commits");
      await using other = await playground.another();
      await runs(other, "Repositories");
      await other.page.getByRole("button", { name: "Show Documentation Explorer" }).click();
      await other.page.getByText("A GraphQL schema provides a root type").waitFor();
      expect([...playground.strays, ...other.strays]).toEqual([]);
    });

    it("asks again for one that is not taken, and takes no for an answer", async () => {
      await using playground = await PlaygroundPage.open(browser, url);
      await playground.enterKey("ghct_wrong");
      await playground.page.getByText("This API key is not taken").waitFor();
      await playground.page.keyboard.press("Escape");
      await playground.dialog.waitFor({ state: "hidden" });
      await playground.press();
      await playground.page.getByText("This API key is not taken").waitFor();
      await playground.dialog.getByRole("button", { name: "Cancel" }).click();
      expect((await playground.response<Answer>()).errors).toHaveLength(1);
      await playground.press();
      await playground.enterKey(`Bearer ${key} `);
      await eventually(async () => {
        expect((await playground.response<Answer>()).data).toBeDefined();
      });
    });

    it("forgets it when told to, and asks when it was revoked, showing what came before", async () => {
      await using playground = await PlaygroundPage.open(browser, url);
      await playground.enterKey(key);
      await playground.openTab("Follow");
      await playground.press();
      await pushAndSee(playground, ["before it was revoked"]);
      await revoke();
      await playground.page.getByText("This API key was revoked").waitFor();
      await playground.dialog.getByRole("button", { name: "Forget" }).click();
      await eventually(async () => {
        const shown = await playground.response<Followed & Answer>();
        expect(shown.errors?.[0]?.message).toContain("This API key was revoked");
        expect(headlines(shown)).toEqual(["before it was revoked"]);
      });
      await playground.openTab("Commits");
      await playground.press();
      await playground.page.getByText("This tracker needs an API key").waitFor();
      await playground.reload();
      await playground.page.getByText("This tracker needs an API key").waitFor();
    });

    it("goes on with a subscription when the key is changed, and when the server is restarted", async () => {
      const other = await createApiKey(tracker.database, { name: "other", role: "READER" });
      await using playground = await PlaygroundPage.open(browser, url);
      await playground.enterKey(key);
      await playground.openTab("Follow");
      await playground.press();
      await pushAndSee(playground, ["with the first key"]);
      await playground.page.getByRole("button", { name: "API key" }).click();
      await playground.enterKey(other.secret);
      await revoke();
      expect((await pushAndSee(playground, ["with the second key"])).events).toBe(2);
      await tracker.stop();
      await gitHub.commit(EXAMPLE, [{ message: "while the server is away" }]);
      await tracker.startAgain();
      const shown = await pushAndSee(playground, ["after the restart"]);
      const all = shown.latest.flatMap(({ data }) => data.commitsIngested.commits);
      expect(all.map(({ messageHeadline }) => messageHeadline)).toEqual([
        "after the restart",
        "while the server is away",
        "with the second key",
        "with the first key",
      ]);
    });
  });
});
