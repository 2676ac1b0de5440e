import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Locator,
  Page,
} from "playwright-core";
import { eventually } from "./eventually.js";

/** The playground as a person has it before them, in a browser that was never here before. */
export class PlaygroundPage implements AsyncDisposable {
  /** What it asked of other hosts, and what its policy held up: nothing should be here. */
  readonly strays: string[] = [];
  readonly dialog: Locator;
  private subscribedCount = 0;

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly url: string,
  ) {
    this.dialog = page.locator("dialog#api-key");
    const { host } = new URL(url);
    const note = (asked: string) => {
      if (/^(http|ws)/.test(asked) && new URL(asked).host !== host) this.strays.push(asked);
    };
    page.on("request", (request) => note(request.url()));
    page.on("websocket", (socket) => {
      note(socket.url());
      socket.on("framesent", ({ payload }) => {
        if (String(payload).includes('"type":"subscribe"')) this.subscribedCount += 1;
      });
    });
    page.on("pageerror", (error) => this.strays.push(String(error)));
    page.on("console", (message) => {
      if (/content security policy/i.test(message.text())) this.strays.push(message.text());
    });
  }

  static async open(
    browser: Browser,
    url: string,
    { search = "", ...options }: BrowserContextOptions & { search?: string } = {},
  ): Promise<PlaygroundPage> {
    const context = await browser.newContext(options);
    const playground = new PlaygroundPage(context, await context.newPage(), url);
    await playground.goto(search);
    return playground;
  }

  /** Another page of the same browser. */
  async another(): Promise<PlaygroundPage> {
    const playground = new PlaygroundPage(this.context, await this.context.newPage(), this.url);
    await playground.goto();
    return playground;
  }

  async goto(search = ""): Promise<void> {
    await this.page.goto(`${this.url}/graphql${search}`);
    await this.page.locator(".graphiql-execute-button").waitFor();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.locator(".graphiql-execute-button").waitFor();
  }

  titles(): Promise<string[]> {
    return this.page.locator(".graphiql-tab-button").allTextContents();
  }

  async openTab(title: string): Promise<void> {
    await this.page.locator(".graphiql-tab-button", { hasText: title }).click();
  }

  async activeTitle(): Promise<string> {
    return await this.page.locator(".graphiql-tab-active .graphiql-tab-button").innerText();
  }

  /** Presses the button that runs what is in the tab, and stops it while it runs. */
  async press(): Promise<void> {
    await this.page.locator(".graphiql-execute-button").click();
  }

  /** Begins to follow new commits: what lands from now on is shown. */
  async follow(): Promise<void> {
    const before = this.subscribedCount;
    await this.openTab("Follow");
    await this.press();
    await eventually(() => {
      if (this.subscribedCount === before) throw new Error("nothing is subscribed to");
    });
  }

  query(): Promise<string> {
    return textIn(this.page.locator(".graphiql-query-editor .CodeMirror"));
  }

  variables(): Promise<string> {
    return textIn(this.page.locator(".graphiql-editor-tool .CodeMirror").first());
  }

  /** What is shown as the answer, once there is one. */
  async response<T>(): Promise<T> {
    return await eventually(async () => JSON.parse(await this.responseText()) as T);
  }

  responseText(): Promise<string> {
    return textIn(this.page.locator(".result-window .CodeMirror"));
  }

  /** Resolves when the tabs that are open have been kept for the next visit. */
  async tabsKept(): Promise<void> {
    await eventually(async () => {
      const kept = await this.page.evaluate("localStorage.getItem('graphiql:tabState')");
      if (kept === null) throw new Error("no tab is kept yet");
    });
  }

  async enterKey(key: string): Promise<void> {
    await this.dialog.waitFor({ state: "visible" });
    await this.dialog.locator("input").fill(key);
    await this.dialog.getByRole("button", { name: "Use" }).click();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }
}

/** All of an editor's text: of a long one only what is in view is in the document. */
function textIn(editor: Locator): Promise<string> {
  return editor.evaluate((element) =>
    (element as unknown as { CodeMirror: { getValue(): string } }).CodeMirror.getValue(),
  );
}
