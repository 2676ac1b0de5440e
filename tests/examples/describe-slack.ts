import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { type ExampleScene, exampleFile, startProgram } from "./example-scene.js";
import { type SlackServer, startSlackServer } from "./slack-server.js";

export function describeSlack(theScene: () => ExampleScene): void {
  let scene: ExampleScene;
  let slack: SlackServer;
  let cursorFile: string;
  let fileCount = 0;
  beforeAll(() => {
    scene = theScene();
  });
  beforeEach(async () => {
    slack = await startSlackServer();
    fileCount += 1;
    cursorFile = join(scene.folder, `slack-${fileCount}`);
    return () => slack[Symbol.asyncDispose]();
  });

  async function follow(env: Readonly<Record<string, string>> = {}) {
    const program = startProgram([process.execPath, exampleFile("slack/post-commits.js")], {
      env: {
        ...{ TRACKER_URL: scene.url, TRACKER_API_KEY: scene.key },
        ...{ SLACK_WEBHOOK_URL: slack.webhookUrl, CURSOR_FILE: cursorFile },
        ...env,
      },
    });
    await eventually(() => access(cursorFile)); // it follows from here
    return program;
  }
  const headlines = () =>
    slack.taken
      .flatMap((text) => text.split("\n").slice(1))
      .map((line) => /> (.*) \(/.exec(line)?.[1]);
  const postsAre = (expected: readonly string[]) =>
    eventually(() => expect(headlines()).toEqual(expected), 30_000);

  it("posts each push once, whatever becomes of connections, of Slack and of the process", async () => {
    await using first = await follow();
    slack.planned.push({ status: 429, text: "rate_limited", retryAfterSeconds: 2 }, "no answer");
    await scene.push("one");
    await eventually(() => expect(slack.requests).toHaveLength(1));
    await scene.push("two", "three"); // on their way while Slack has it wait
    scene.line.cut();
    await postsAre(["one", "two", "three"]);
    const [refused, again] = slack.requests;
    expect((again?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(2_000 - 10);
    scene.line.block();
    await scene.push("while away");
    scene.line.restore();
    await postsAre(["one", "two", "three", "while away"]);
    await scene.caughtUp(cursorFile);
    await first.kill();
    await scene.push("while killed");
    await using _second = await follow();
    await postsAre(["one", "two", "three", "while away", "while killed"]);
  });

  it("shows what people write as text, and each push as one message, the oldest commit first", async () => {
    await using _program = await follow();
    const messages = ["fix: <!channel> & <https://evil.example|this>", "the second"];
    await scene.gitHub.commit(
      "octo/followed",
      messages.map((message) => ({ message })),
    );
    await eventually(() => expect(slack.taken).toHaveLength(1));
    const [title, first, second] = slack.taken[0]?.split("\n") ?? [];
    expect(title).toMatch(/^\*<https?:\/\/.*\/octo\/followed\|octo\/followed>\*$/);
    expect(first).toContain("fix: &lt;!channel&gt; &amp; &lt;https://evil.example|this&gt;");
    expect(second).toContain("the second");
  });

  it("tells what it waits for, and what it needs", async () => {
    await using waiting = startProgram([process.execPath, exampleFile("slack/post-commits.js")], {
      env: { TRACKER_URL: "http://127.0.0.1:2", SLACK_WEBHOOK_URL: slack.webhookUrl },
      cwd: scene.folder,
    });
    await eventually(() => expect(waiting.stderr()).toContain("ECONNREFUSED"));
    await using unset = startProgram([process.execPath, exampleFile("slack/post-commits.js")]);
    expect(await unset.ended).toBe(2);
    expect(unset.stderr()).toBe("Set SLACK_WEBHOOK_URL to an incoming webhook of Slack.\n");
  });

  it("ends, and says why, when the webhook is gone; its place stays", async () => {
    await using program = await follow();
    const before = await readFile(cursorFile, "utf8");
    slack.planned.push({ status: 404, text: "no_service" });
    await scene.push("for nobody");
    expect(await program.ended).toBe(1);
    expect(program.stderr()).toContain("no_service");
    expect(await readFile(cursorFile, "utf8")).toBe(before);
    await using _again = await follow();
    await postsAre(["for nobody"]);
  });
}
