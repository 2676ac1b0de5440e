import { type Browser, chromium } from "playwright-core";
import { inject } from "vitest";

/** What a browser asks of its maker by itself, a test has no use for. */
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A real browser, headless, of the machine's own packages. Never skips. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = inject("chromium");
  if (executablePath === null) {
    throw new Error(
      "This test needs Chromium: install it (Debian: apt-get install chromium, macOS: brew install --cask chromium), or set TEST_CHROMIUM to one.",
    );
  }
  return await chromium.launch({ executablePath, args: QUIET });
}
