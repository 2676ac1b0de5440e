import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiRole } from "../../src/domain/api-key.js";
import { createApiKey, revokeApiKey } from "../../src/store/keys/api-key-store.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import type { WebPage } from "../support/web-page.js";
import { APP, setWebScene, type WebScene } from "../support/web-scene.js";

const REFUSED = /401|WebSocket connection/; // the browser's own word for what is refused

describe("the page of a tracker that asks for a key", { timeout: 240_000 }, () => {
  let scene: WebScene;
  beforeAll(async () => {
    scene = await setWebScene();
    await createApiKey(scene.tracker.database, { name: "first", role: "READER" });
    await eventually(async () => {
      expect((await post(scene.tracker.url, "{ feed { sequence } }")).errors).toBeDefined();
    });
  }, 90_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());

  const make = (role: ApiRole, name = "person") =>
    createApiKey(scene.tracker.database, { name, role });
  const complaints = (web: WebPage) => web.strays.filter((one) => !REFUSED.test(one));

  it("asks for it first, says when it is not taken, and keeps it for this tab alone", async () => {
    const { secret } = await make("READER");
    await using web = await scene.open({ path: `/repositories/${APP}?author=nobody` });
    await web.shows("This tracker asks for an API key.");
    await web.signIn("ghct_wrong");
    await web.shows("This key is unknown or was revoked.");
    await web.signIn(`Bearer ${secret} `);
    await web.shows("No commit matches");
    expect(web.page.url()).not.toContain(secret);
    await web.page.reload();
    await web.shows("No commit matches");
    expect(await web.page.evaluate("JSON.stringify(localStorage)")).not.toContain(secret);
    const other = await web.context.newPage();
    await other.goto(scene.tracker.url);
    await other.getByText("This tracker asks for an API key.").waitFor();
    expect(complaints(web)).toEqual([]);
  });

  it("offers a reader nothing that is refused", async () => {
    const { secret } = await make("READER");
    await using web = await scene.open({ path: "/repositories" });
    await web.signIn(secret);
    await web.link(APP).waitFor();
    expect(await web.button(/Add|Actions/).count()).toBe(0);
    await web.link(APP).click();
    await web.shows("Commits a week");
    expect(await web.button(/Verify|Actions/).count()).toBe(0);
    await web.link("System").click();
    await web.shows("GitHub's budgets");
    await web.shows("Nothing: all work");
    const versions = web.page.getByRole("region", { name: "Versions" });
    await web.eventuallySays(versions, /PostgreSQL\s+\d+\.\d+[\s\S]*RabbitMQ\s+\d+\.\d+/);
    expect(await web.page.getByRole("heading", { name: "API keys" }).count()).toBe(0);
    expect(complaints(web)).toEqual([]);
  });

  it("offers an operator what adds and works, and a writer what takes away too", async () => {
    const operator = await make("OPERATOR");
    const writer = await make("WRITER");
    await using web = await scene.open({ path: "/repositories" });
    const offered = async () => {
      await web.button(`Actions for ${APP}`).click();
      return await web.page.locator(".menu:popover-open button").allInnerTexts();
    };
    await web.signIn(operator.secret);
    expect(await offered()).toEqual(["Check now", "Pause"]);
    await web.page.keyboard.press("Escape");
    await web.button("Sign out").click();
    await web.signIn(writer.secret);
    expect(await offered()).toEqual(["Check now", "Pause", "Reset commits…", "Remove…"]);
    expect(complaints(web)).toEqual([]);
  });

  it("leads back to the sign-in, where one is, when the key is revoked", async () => {
    const { key, secret } = await make("READER");
    await using web = await scene.open();
    await web.signIn(secret);
    await web.live();
    await web.shows("Go on");
    await revokeApiKey(scene.tracker.database, key.id);
    await web.shows("This key is unknown or was revoked.");
    await web.signIn((await make("READER")).secret);
    await web.live();
    await web.shows("Go on");
    expect(complaints(web)).toEqual([]);
  });

  it("lists keys to a writer, who revokes one after being asked", async () => {
    const { secret } = await make("WRITER", "the writer");
    await make("READER", "to be revoked");
    await using web = await scene.open({ path: "/system" });
    await web.signIn(secret);
    const keys = web.page.getByRole("region", { name: "API keys" });
    const line = keys.getByRole("listitem").filter({ hasText: "to be revoked" });
    await line.getByRole("button", { name: "Revoke" }).click();
    await web.page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await web.eventuallySays(line, /revoked (just now|\d)/);
    expect(complaints(web)).toEqual([]);
  });
});
