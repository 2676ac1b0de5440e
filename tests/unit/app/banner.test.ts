import { describe, expect, it } from "vitest";
import { banner } from "../../../src/app/banner.js";
import type { Role } from "../../../src/domain/role.js";

const DEMO = {
  apiUrl: "http://127.0.0.1:1",
  token: "t",
  tracked: ["acme/app", "acme/long"],
  long: "acme/long",
  untracked: "ada/new",
  stop: async () => {},
};
const APP = {
  url: "http://127.0.0.1:4000",
  roles: new Set<Role>(["api"]),
  demo: null,
  exampleRepository: "https://github.com/a/b",
  hasWeb: true,
  hasPlayground: true,
};
const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");

describe("the first screen of a terminal", () => {
  it("names the page first, then the playground", () => {
    const [page, playground] = linesOf(banner(APP));
    expect(page).toBe("Page:       http://127.0.0.1:4000/");
    expect(playground).toBe("Playground: http://127.0.0.1:4000/graphql");
  });

  it("names what there is alone", () => {
    expect(linesOf(banner({ ...APP, hasWeb: false }))[0]).toMatch(/^Playground: /);
    const without = banner({ ...APP, hasWeb: false, hasPlayground: false });
    expect(linesOf(without)[0]).toBe("API: http://127.0.0.1:4000/graphql");
    expect(banner({ ...APP, roles: new Set<Role>(["worker"]) })).toBe("");
  });

  it("says of the demo what it is, and what to try with what it does not track yet", () => {
    const text = banner({ ...APP, demo: DEMO });
    expect(linesOf(text)[0]).toMatch(/^Page: /);
    expect(text).toContain("this is the demo");
    expect(text).toContain("It tracks 2 repositories");
    expect(text).toContain("the history of acme/long");
    expect(text).toContain("npx tracker add-owner ada --dry-run");
    expect(text).toContain("npx tracker add ada/new --wait");
    const elsewhere = banner({ ...APP, url: "http://127.0.0.1:4001", demo: DEMO });
    expect(elsewhere).toContain("TRACKER_URL=http://127.0.0.1:4001 npx tracker add ada/new --wait");
    expect(text).not.toContain("TRACKER_URL");
    for (const line of linesOf(text)) {
      if (!line.startsWith(" ")) expect(line.length).toBeLessThanOrEqual(100);
    }
  });
});
