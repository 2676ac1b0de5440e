import type { TestProject } from "vitest/node";
import { findChromium } from "./chromium.js";
import { installOnDebian } from "./debian-package.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of its executable. Null where there is none: only who needs it fails. */
    chromium: string | null;
  }
}

/** Provides `chromium`: the one named, the one on this machine, or one that is installed now. */
export default async function setup(project: TestProject): Promise<void> {
  const given = process.env.TEST_CHROMIUM;
  if (given !== undefined && given !== "") return project.provide("chromium", given);
  if (findChromium() === null) await installOnDebian("chromium");
  project.provide("chromium", findChromium());
}
