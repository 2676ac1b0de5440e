import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Locator,
  Page,
} from "playwright-core";
import { eventually } from "./eventually.js";

/** For what comes at once, on a machine that has other things to do. */
const SHOWN_MS_MAX = 60_000;

export interface WebPageOptions extends BrowserContextOptions {
  readonly path?: string;
}

/** The page at `/` as a person has it before them, in a browser that was never here before. */
export class WebPage implements AsyncDisposable {
  /** What it asked of other hosts, what its policy held up, and what it complained of: nothing should be here. */
  readonly strays: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly url: string,
  ) {
    const { host } = new URL(url);
    const note = (asked: string) => {
      if (/^(http|ws)/.test(asked) && new URL(asked).host !== host) this.strays.push(asked);
    };
    page.on("request", (request) => note(request.url()));
    page.on("websocket", (socket) => note(socket.url()));
    page.on("pageerror", (error) => this.strays.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.strays.push(message.text());
    });
  }

  static async open(
    browser: Browser,
    url: string,
    { path = "/", ...options }: WebPageOptions = {},
  ): Promise<WebPage> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(SHOWN_MS_MAX);
    const web = new WebPage(context, await context.newPage(), url);
    await web.goto(path);
    return web;
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(`${this.url}${path}`);
  }

  /** Resolves when what is live is connected. */
  async live(): Promise<void> {
    await this.page.locator(".connection[data-state=live]").waitFor();
  }

  /** Resolves once this commit is the newest that is shown. */
  async newest(headline: string): Promise<void> {
    await eventually(async () => {
      const [first] = await this.headlines();
      if (first !== headline) throw new Error(`the newest is ${first}`);
    }, SHOWN_MS_MAX);
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name });
  }

  link(name: string): Locator {
    return this.page.getByRole("link", { name, exact: true });
  }

  /** Waits until this stands somewhere on the page. */
  async shows(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** What is in view of a list of commits, from above. */
  async headlines(): Promise<string[]> {
    const texts = await this.page.locator(".window-row").evaluateAll((rows) =>
      (
        rows as unknown as {
          dataset: { index: string };
          querySelector(of: string): { textContent: string } | null;
        }[]
      )
        .sort((one, other) => Number(one.dataset.index) - Number(other.dataset.index))
        .map((row) => row.querySelector(".commit-headline")?.textContent ?? ""),
    );
    return texts.filter((text) => text !== "");
  }

  async signIn(key: string): Promise<void> {
    await this.page.getByLabel("API key").fill(key);
    await this.button("Sign in").click();
  }

  /** By how many pixels it can be scrolled sideways. */
  async overflow(): Promise<number> {
    return await this.page.evaluate<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
  }

  /** Opens the menu of a repository and does what is named there. */
  async act(repository: string, action: string): Promise<void> {
    await this.button(`Actions for ${repository}`).click();
    await this.page.locator(".menu:popover-open").getByText(action, { exact: true }).click();
  }

  async eventuallySays(locator: Locator, text: string | RegExp): Promise<void> {
    await eventually(async () => {
      const shown = await locator.innerText();
      const isSaid = typeof text === "string" ? shown.includes(text) : text.test(shown);
      if (!isSaid) throw new Error(`it says ${shown}`);
    }, SHOWN_MS_MAX);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }
}
