import type { Browser, BrowserContextOptions } from "playwright-core";
import { expect } from "vitest";
import { type GitHubStandIn, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { launchChromium } from "./browser.js";
import { eventually } from "./eventually.js";
import { PlaygroundPage } from "./playground-page.js";
import { addRepository, readRepository } from "./tracker-api.js";
import { startWholeTracker, type WholeTracker } from "./whole-tracker.js";

/** What the prepared tabs name where there is no demo. */
export const EXAMPLE = "expressjs/express";

export interface PlaygroundAnswer {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly { readonly message: string }[];
}

/** As a subscription's events are shown. */
export interface Followed {
  readonly events: number;
  readonly latest: readonly {
    readonly data: {
      readonly commitsIngested: {
        readonly commits: readonly { readonly messageHeadline: string }[];
      };
    };
  }[];
}

/** The newest first. */
export const headlinesOf = ({ latest }: Followed) =>
  latest.flatMap(({ data }) =>
    data.commitsIngested.commits.map(({ messageHeadline }) => messageHeadline),
  );

/** A tracker that has the example's history, and a browser. */
export interface PlaygroundScene extends AsyncDisposable {
  readonly tracker: WholeTracker;
  open(options?: BrowserContextOptions & { search?: string }): Promise<PlaygroundPage>;
  push(message: string): Promise<void>;
  /** Each shows up before the next is pushed, so that each is an event of its own. */
  pushAndSee(playground: PlaygroundPage, messages: readonly string[]): Promise<Followed>;
}

export async function setPlaygroundScene(): Promise<PlaygroundScene> {
  const gitHub: GitHubStandIn = await startGitHubStandIn();
  await gitHub.addRepository({ owner: "expressjs", name: "express" });
  await gitHub.commit(EXAMPLE, [{ message: "fix: the first" }, { message: "the second" }]);
  const browser: Browser = await launchChromium();
  const tracker = await startWholeTracker(gitHub);
  await addRepository(tracker.url, EXAMPLE);
  await eventually(async () => {
    expect(await readRepository(tracker.url, EXAMPLE)).toMatchObject({ state: "ACTIVE" });
  });
  const push = async (message: string) => {
    await gitHub.commit(EXAMPLE, [{ message }]);
  };
  return {
    tracker,
    push,
    open: (options) => PlaygroundPage.open(browser, tracker.url, options),
    async pushAndSee(playground, messages) {
      for (const message of messages) {
        await push(message);
        await eventually(async () => {
          expect(headlinesOf(await playground.response<Followed>())[0]).toBe(message);
        }, 30_000);
      }
      return await playground.response<Followed>();
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await tracker[Symbol.asyncDispose]();
      await gitHub.stop();
    },
  };
}
