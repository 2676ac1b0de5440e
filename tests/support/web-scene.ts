import type { Browser } from "playwright-core";
import { expect } from "vitest";
import { type GitHubStandIn, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { launchChromium } from "./browser.js";
import { eventually } from "./eventually.js";
import { addRepository, readRepository } from "./tracker-api.js";
import { WebPage, type WebPageOptions } from "./web-page.js";
import { startWholeTracker, type WholeTracker } from "./whole-tracker.js";

export const APP = "acme/app";

/** The running product on a stand-in for GitHub, with one tracked repository, and a browser. */
export interface WebScene extends AsyncDisposable {
  readonly gitHub: GitHubStandIn;
  readonly tracker: WholeTracker;
  readonly browser: Browser;
  open(options?: WebPageOptions): Promise<WebPage>;
  push(message: string): Promise<string>;
}

export async function setWebScene(): Promise<WebScene> {
  const gitHub = await startGitHubStandIn();
  await gitHub.addRepository({ owner: "acme", name: "app" });
  await gitHub.commit(APP, [{ message: "Begin" }, { message: "Go on\n\nWith a body." }]);
  const browser = await launchChromium();
  // By git a first history is there before anybody sees it come in.
  const tracker = await startWholeTracker(gitHub, { HISTORY_TRANSPORT: "api" });
  await addRepository(tracker.url, APP);
  await eventually(async () => {
    expect(await readRepository(tracker.url, APP)).toMatchObject({ state: "ACTIVE" });
  });
  return {
    gitHub,
    tracker,
    browser,
    open: (options) => WebPage.open(browser, tracker.url, options),
    async push(message) {
      const [oid = ""] = await gitHub.commit(APP, [{ message }]);
      return oid;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await tracker[Symbol.asyncDispose]();
      await gitHub.stop();
    },
  };
}
