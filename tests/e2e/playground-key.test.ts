import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createApiKey, revokeApiKey } from "../../src/store/keys/api-key-store.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import type { PlaygroundPage } from "../support/playground-page.js";
import {
  type Followed,
  headlinesOf,
  type PlaygroundAnswer,
  type PlaygroundScene,
  setPlaygroundScene,
} from "../support/playground-scene.js";

describe("the playground of a tracker that asks for a key", { timeout: 60_000 }, () => {
  let scene: PlaygroundScene;
  beforeAll(async () => {
    scene = await setPlaygroundScene();
    await createApiKey(scene.tracker.database, { name: "first", role: "READER" });
    await eventually(async () => {
      expect((await post(scene.tracker.url, "{ feed { sequence } }")).errors).toBeDefined();
    });
  }, 90_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());

  let key: string;
  let revoke: () => Promise<unknown>;
  beforeEach(async () => {
    const made = await createApiKey(scene.tracker.database, { name: "person", role: "WRITER" });
    key = made.secret;
    revoke = () => revokeApiKey(scene.tracker.database, made.key.id);
  });

  const runs = async (playground: PlaygroundPage, title: string) => {
    await playground.openTab(title);
    await playground.press();
    expect((await playground.response<PlaygroundAnswer>()).errors, title).toBeUndefined();
    expect(await playground.dialog.isVisible(), title).toBe(false);
  };

  it("asks for it once, for all tabs, subscriptions, reloads and pages", async () => {
    await using playground = await scene.open();
    await playground.enterKey(key);
    await playground.dialog.waitFor({ state: "hidden" });
    for (const title of ["Repositories", "Add", "Commits"]) await runs(playground, title);
    await playground.follow();
    expect((await scene.pushAndSee(playground, ["with a key"])).events).toBe(1);
    await playground.reload();
    await runs(playground, "Commits");
    await using other = await playground.another();
    await runs(other, "Repositories");
    await other.page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await other.page.getByText("A GraphQL schema provides a root type").waitFor();
    expect([...playground.strays, ...other.strays]).toEqual([]);
  });

  it("asks again for one that is not taken, and takes no for an answer", async () => {
    await using playground = await scene.open();
    await playground.enterKey("ghct_wrong");
    await playground.page.getByText("This API key is not taken").waitFor();
    await playground.page.keyboard.press("Escape");
    await playground.dialog.waitFor({ state: "hidden" });
    await playground.press();
    await playground.page.getByText("This API key is not taken").waitFor();
    await playground.dialog.getByRole("button", { name: "Cancel" }).click();
    expect((await playground.response<PlaygroundAnswer>()).errors).toHaveLength(1);
    await playground.press();
    await playground.enterKey(`Bearer ${key} `);
    await eventually(async () => {
      expect((await playground.response<PlaygroundAnswer>()).data).toBeDefined();
    });
  });

  it("forgets it when told to, and asks when it was revoked, showing what came before", async () => {
    await using playground = await scene.open();
    await playground.enterKey(key);
    await playground.follow();
    await scene.pushAndSee(playground, ["before it was revoked"]);
    await revoke();
    await playground.page.getByText("This API key was revoked").waitFor();
    await playground.dialog.getByRole("button", { name: "Forget" }).click();
    await eventually(async () => {
      const shown = await playground.response<Followed & PlaygroundAnswer>();
      expect(shown.errors?.[0]?.message).toContain("This API key was revoked");
      expect(headlinesOf(shown)).toEqual(["before it was revoked"]);
    });
    await playground.openTab("Commits");
    await playground.press();
    await playground.page.getByText("This tracker needs an API key").waitFor();
    await playground.reload();
    await playground.page.getByText("This tracker needs an API key").waitFor();
  });

  it("goes on with a subscription when the key is changed, and when the server is restarted", async () => {
    const other = await createApiKey(scene.tracker.database, { name: "other", role: "READER" });
    await using playground = await scene.open();
    await playground.enterKey(key);
    await playground.follow();
    await scene.pushAndSee(playground, ["with the first key"]);
    await playground.page.getByRole("button", { name: "API key" }).click();
    await playground.enterKey(other.secret);
    await revoke();
    expect((await scene.pushAndSee(playground, ["with the second key"])).events).toBe(2);
    await scene.tracker.stop();
    await scene.push("while the server is away");
    await scene.tracker.startAgain();
    const shown = await scene.pushAndSee(playground, ["after the restart"]);
    expect(headlinesOf(shown)).toEqual([
      "after the restart",
      "while the server is away",
      "with the second key",
      "with the first key",
    ]);
  });
});
