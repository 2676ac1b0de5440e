import axe from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { parkRepository } from "../../src/store/repositories/failure-store.js";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { startTestApi, type TestApi } from "../api/test-api.js";
import { launchChromium } from "../support/browser.js";
import { WebPage } from "../support/web-page.js";

const COMMITS = line(1, 40);
const [HEAD] = COMMITS;
const [, , LEFT] = COMMITS;
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };

/** Each place, and what stands there once it is loaded. */
const PLACES: readonly (readonly [path: string, shown: string | RegExp])[] = [
  ["/", /History rewritten/],
  ["/repositories", "acme/app"],
  ["/repositories?q=nothing", "No repository matches"],
  ["/repositories?add=1", "Addresses, as many as you like"],
  ["/repositories/acme/app", "change 38"],
  ["/repositories/acme/unknown", "This repository is not tracked"],
  [`/commits/acme/app/${HEAD?.oid}`, /Event \d/],
  [`/commits/acme/app/${LEFT?.oid}`, /left this commit behind/],
  ["/system", "to be listed"],
];

/** What lies over a place once it is opened. */
const OVERLAYS: readonly (readonly [
  what: string,
  path: string,
  open: (web: WebPage) => Promise<void>,
])[] = [
  [
    "menu",
    "/repositories",
    async (web) => {
      await web.button("Actions for acme/app").click();
      await web.page.locator(".menu:popover-open").waitFor();
    },
  ],
  [
    "reset",
    "/repositories",
    async (web) => {
      await web.act("acme/app", "Reset commits…");
      await web.button(/^Reset [\d,]+ commit/).waitFor();
    },
  ],
  [
    "remove",
    "/repositories/acme/app",
    async (web) => {
      await web.act("acme/app", "Remove…");
      await web.page.getByRole("dialog").getByText("acme/app").first().waitFor();
    },
  ],
  [
    "what became of addresses",
    "/repositories?add=1",
    async (web) => {
      await web.page.getByLabel("Addresses, as many as you like").fill("acme/app nowhere");
      await web.button("Add 2 repositories").click();
      await web.shows("tracked already");
    },
  ],
  [
    "owner",
    "/repositories?add=1",
    async (web) => {
      await web.button("All of an owner").click();
      await web.page.getByLabel("User or organisation").waitFor();
    },
  ],
  [
    "revoke",
    "/system",
    async (web) => {
      await web.button("Revoke").first().click();
      await web.page.getByRole("dialog").waitFor();
    },
  ],
  [
    "what was done",
    "/repositories",
    async (web) => {
      await web.act("acme/app", "Check now");
      await web.shows("GitHub is asked about acme/app now.");
    },
  ],
];

interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

describe("the page for everybody", { timeout: 240_000 }, () => {
  let api: TestApi;
  let browser: Browser;
  let key: string;
  beforeAll(async () => {
    api = await startTestApi();
    const id = await storeRepository(api.database, "acme", "app");
    await storeEvent(api.database, id, COMMITS);
    await storeEvent(api.database, id, [], {
      headOid: HEAD?.oid ?? null,
      orphanedOids: LEFT === undefined ? [] : [LEFT.oid],
    });
    const failing = await storeRepository(api.database, "acme", "failing");
    await api.database.transaction((tx) =>
      parkRepository(tx, "check", failing, { reason: "GitHub took too long.", context: {} }),
    );
    await createApiKey(api.database, { name: "to be listed", role: "READER" });
    key = (await createApiKey(api.database, { name: "w", role: "WRITER" })).secret;
    browser = await launchChromium();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await api?.[Symbol.asyncDispose]();
  });

  /** Signed in; axe runs past the page's policy, which lets no other script in. */
  const open = (viewport: typeof DESK, colorScheme: "light" | "dark") =>
    WebPage.open(browser, api.url, {
      ...{ viewport, colorScheme, bypassCSP: true, reducedMotion: "reduce" },
    });

  async function faultsOf(web: WebPage): Promise<string[]> {
    await web.page.evaluate(axe.source);
    const { violations } = await web.page.evaluate<Found>(
      "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })",
    );
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
      );
  }

  it.each(["light", "dark"] as const)("has no serious fault for axe in %s", async (scheme) => {
    await using web = await open(DESK, scheme);
    await web.shows("This tracker asks for an API key.");
    expect(await faultsOf(web), "sign-in").toEqual([]);
    await web.signIn(key);
    for (const [path, shown] of PLACES) {
      await web.goto(path);
      await web.shows(shown);
      expect(await faultsOf(web), path).toEqual([]);
    }
    for (const [what, path, lay] of OVERLAYS) {
      await web.goto(path);
      await lay(web);
      expect(await faultsOf(web), what).toEqual([]);
    }
  });

  it("fits a phone without sideways scrolling, and has no fault there", async () => {
    await using web = await open(PHONE, "light");
    await web.shows("This tracker asks for an API key.");
    expect(await web.overflow(), "sign-in").toBe(0);
    await web.signIn(key);
    for (const [path, shown] of PLACES) {
      await web.goto(path);
      await web.shows(shown);
      expect(await web.overflow(), path).toBe(0);
      expect(await faultsOf(web), path).toEqual([]);
    }
    for (const [what, path, lay] of OVERLAYS) {
      await web.goto(path);
      await lay(web);
      expect(await web.overflow(), what).toBe(0);
    }
  });

  it("is used by the keyboard alone", async () => {
    await using web = await open(DESK, "light");
    await web.shows("This tracker asks for an API key.");
    await web.page.locator("input:focus").waitFor(); // that of the key
    await web.page.keyboard.type(key);
    await web.page.keyboard.press("Enter");
    await web.shows("change 38");
    const focused = () =>
      web.page.evaluate<string>(
        "document.activeElement.innerText || document.activeElement.ariaLabel",
      );
    await web.page.keyboard.press("Tab");
    expect(await focused()).toBe("To the content");
    for (let count = 0; count < 20 && (await focused()) !== "Repositories"; count += 1) {
      await web.page.keyboard.press("Tab");
    }
    await web.page.keyboard.press("Enter");
    const actions = web.button("Actions for acme/app");
    await actions.waitFor();
    await actions.focus();
    await web.page.keyboard.press("Enter");
    await web.page.keyboard.press("Tab");
    expect(await focused()).toBe("Check now");
    await web.page.keyboard.press("Escape");
    await web.page.locator(".menu:popover-open").waitFor({ state: "detached" });
  });
});
