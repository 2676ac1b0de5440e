/**
 * `npm run screenshots -- --url http://127.0.0.1:4000`: each place of a running tracker's page at a desk and
 * on a phone, in light and dark, empty and failing too, into `screenshots/`, to be looked at.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { findChromium } from "../tests/support/chromium.js";
import { ask } from "../tests/support/graphql-client.js";

const FOLDER = "screenshots";
const SETTLED_MS = 1_500;
const VIEWPORTS = { desk: { width: 1280, height: 900 }, phone: { width: 375, height: 812 } };
const SCHEMES = ["light", "dark"] as const;

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:4000" },
    /** Places whose names begin so. */
    only: { type: "string", default: "" },
  },
});
const { url, only } = values;

interface Newest {
  readonly commits: {
    readonly nodes: readonly { oid: string; repository: { nameWithOwner: string } }[];
  };
}

interface Place {
  readonly name: string;
  readonly path: string;
  /** What is done before it is loaded. */
  readonly prepare?: (page: Page) => Promise<unknown>;
  /** What is done once it is there. */
  readonly open?: (page: Page) => Promise<unknown>;
  readonly isWhole?: boolean;
}

async function places(): Promise<Place[]> {
  const { commits } = await ask<Newest>(
    url,
    "{ commits(first: 1) { nodes { oid repository { nameWithOwner } } } }",
  );
  const [newest] = commits.nodes;
  const name = newest?.repository.nameWithOwner ?? "acme/app";
  const fails = (page: Page) => page.route("**/graphql", (route) => route.abort());
  const asksForKey = (page: Page) =>
    page.route("**/graphql", (route) => route.fulfill({ status: 401, body: "" }));
  const act = (action: string) => async (page: Page) => {
    await page.getByRole("button", { name: "Actions for" }).first().click();
    await page.locator(".menu:popover-open").getByText(action).click();
  };
  return [
    { name: "live", path: "/" },
    { name: "sign-in", path: "/", prepare: asksForKey },
    { name: "live-chosen", path: `/?repository=${encodeURIComponent(name)}&repository=a%2Fb` },
    { name: "live-failing", path: "/", prepare: fails },
    { name: "repositories", path: "/repositories" },
    { name: "repositories-empty", path: "/repositories?q=nothing-is-called-this" },
    { name: "repositories-failing", path: "/repositories", prepare: fails },
    { name: "add", path: "/repositories?add=1" },
    { name: "add-owner", path: "/repositories?add=1", open: (page) => lookAtOwner(page, name) },
    { name: "reset", path: `/repositories/${name}`, open: act("Reset commits…") },
    { name: "remove", path: `/repositories/${name}`, open: act("Remove…") },
    { name: "repository", path: `/repositories/${name}`, isWhole: true },
    { name: "repository-narrowed", path: `/repositories/${name}?author=nobody`, isWhole: true },
    { name: "repository-unknown", path: "/repositories/acme/unknown" },
    { name: "commit", path: `/commits/${name}/${newest?.oid}` },
    { name: "commit-unknown", path: `/commits/${name}/${"0".repeat(40)}` },
    { name: "system", path: "/system", isWhole: true },
    { name: "system-failing", path: "/system", prepare: fails },
  ];
}

async function lookAtOwner(page: Page, nameWithOwner: string): Promise<void> {
  await page.getByRole("button", { name: "All of an owner" }).click();
  await page.getByLabel("User or organisation").fill(nameWithOwner.split("/")[0] ?? "");
  await page.getByRole("button", { name: "Look what that would be" }).click();
}

const executablePath = findChromium();
if (executablePath === null) throw new Error("Chromium is not installed.");
const browser = await chromium.launch({ executablePath, args: ["--disable-gpu"] });
const all = (await places()).filter(({ name }) => name.startsWith(only));
for (const [device, viewport] of Object.entries(VIEWPORTS)) {
  for (const colorScheme of SCHEMES) {
    const options: BrowserContextOptions = { viewport, colorScheme };
    for (const place of all) await take(place, `${place.name}-${device}-${colorScheme}`, options);
  }
}
await browser.close();

async function take(place: Place, name: string, options: BrowserContextOptions): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await place.prepare?.(page);
  await page.goto(url + place.path);
  await page.waitForTimeout(SETTLED_MS);
  if (place.open !== undefined) {
    await place.open(page);
    await page.waitForTimeout(SETTLED_MS);
  }
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, fullPage: place.isWhole ?? false });
  await context.close();
}
