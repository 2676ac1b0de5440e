import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../support/browser.js";
import { eventually } from "../support/eventually.js";
import { type ExampleScene, exampleFile, startProgram } from "./example-scene.js";

export function describeReactUrql(theScene: () => ExampleScene): void {
  let scene: ExampleScene;
  let browser: Browser;
  beforeAll(async () => {
    scene = theScene();
    const outDir = join(scene.folder, "page");
    await using program = startProgram(["npm", "run", "build", "--", "--outDir", outDir], {
      ...{ cwd: exampleFile("react-urql"), env: { VITE_TRACKER_URL: scene.url } },
    });
    expect(await program.ended, program.stdout() + program.stderr()).toBe(0);
    browser = await launchChromium();
  }, 90_000);
  afterAll(() => browser?.close());

  async function open(key: string): Promise<{ page: Page; faults: string[] }> {
    const page = await browser.newPage();
    await page.addInitScript(`sessionStorage.setItem("tracker-api-key", "${key}")`);
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(scene.pages.origin);
    return { page, faults };
  }
  const shows = (page: Page, headlines: readonly string[]) =>
    eventually(async () => {
      const shown = await page.locator("li b").allTextContents();
      expect(shown.slice(0, headlines.length)).toEqual(headlines);
    }, 30_000);

  it("shows the latest commits, then each new one once, over a lost connection too", async () => {
    await scene.push("before the page", "<script>alert(1)</script>");
    const { page, faults } = await open(scene.key);
    const before = ["<script>alert(1)</script>", "before the page"];
    await shows(page, before);
    await scene.push("while it is open");
    await shows(page, ["while it is open", ...before]);
    scene.line.block();
    await page.getByText("Reconnecting…").waitFor();
    await scene.push("while it is cut off", "and another");
    scene.line.restore();
    const all = ["and another", "while it is cut off", "while it is open", ...before];
    await shows(page, all);
    await page.getByText("Reconnecting…").waitFor({ state: "detached" });
    await scene.push("at last");
    await shows(page, ["at last", ...all]);
    const links = await page.locator("li a").evaluateAll((all) => all.map(String)); // their addresses
    expect(new Set(links).size).toBe(links.length);
    expect(faults).toEqual([]);
  });

  it("says so when the tracker does not let it in", async () => {
    const { page } = await open("ghct_wrong");
    expect(await page.getByRole("alert").innerText()).toMatch(/key/);
  });
}
