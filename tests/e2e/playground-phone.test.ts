import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import {
  type PlaygroundAnswer,
  type PlaygroundScene,
  setPlaygroundScene,
} from "../support/playground-scene.js";

const PHONES = [
  { width: 390, height: 844 },
  { width: 320, height: 568 },
];

describe("the playground, on a phone", { timeout: 60_000 }, () => {
  let scene: PlaygroundScene;
  beforeAll(async () => {
    scene = await setPlaygroundScene();
  }, 90_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());

  it.each(PHONES)(
    "can all be used on a phone of $width × $height, where nothing is wider than it",
    async (viewport) => {
      const phone = { viewport, isMobile: true, hasTouch: true };
      await using playground = await scene.open(phone);
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
      expect((await playground.response<PlaygroundAnswer>()).errors).toBeUndefined();
      for (const part of [".graphiql-query-editor .CodeMirror", ".result-window"]) {
        const box = await page.locator(part).boundingBox();
        expect(box?.width, part).toBeGreaterThan(width * 0.8);
        expect(box?.height, part).toBeGreaterThan(80);
      }
      await page.locator(".graphiql-query-editor .CodeMirror").tap();
      await page.keyboard.insertText("# by thumb ");
      await eventually(async () => expect(await playground.query()).toContain("# by thumb"));
      const buttons = page.locator("button:visible:not(.graphiql-tab-button, .graphiql-tab-close)");
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
