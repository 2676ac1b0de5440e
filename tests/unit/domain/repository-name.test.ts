import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutSecrets } from "../../../src/domain/address.js";
import { isTrackerError } from "../../../src/domain/errors.js";
import { nameKey, parseLogin, parseRepositoryUrl } from "../../../src/domain/repository-name.js";

function refusalOf(url: string, host?: string): string {
  try {
    parseRepositoryUrl(url, host);
  } catch (error) {
    if (!isTrackerError(error, "BAD_USER_INPUT")) throw error;
    expect(error.details.field).toBe("url");
    return error.message;
  }
  throw new Error(`accepted ${url.slice(0, 60)}`);
}

describe("a repository's address", () => {
  it.each([
    ...["https://github.com/Octo-Org/hello.world", "https://github.com/Octo-Org/hello.world.git"],
    ...["https://github.com/Octo-Org/hello.world/", "http://github.com/Octo-Org/hello.world"],
    ...["https://www.github.com/Octo-Org/hello.world", "HTTPS://GitHub.COM/Octo-Org/hello.world"],
    ...["git@github.com:Octo-Org/hello.world.git", "github.com/Octo-Org/hello.world"],
    ...["Octo-Org/hello.world", "  Octo-Org/hello.world\n", "Octo-Org/hello.world.git"],
    // git remote get-url origin
    "https://octocat@github.com/Octo-Org/hello.world.git",
    "https://x-access-token:ghs_abcdefghijklmnopqrst@github.com/Octo-Org/hello.world",
    "https://user:p@ss%2Fw:rd@github.com/Octo-Org/hello.world.git",
    ...["ssh://git@github.com/Octo-Org/hello.world.git", "git@github.com:/Octo-Org/hello.world"],
    ...["ssh://git@github.com:22/Octo-Org/hello.world", "git://github.com/Octo-Org/hello.world"],
    "ssh://git@ssh.github.com:443/Octo-Org/hello.world.git",
    "git@ssh.github.com:443/Octo-Org/hello.world.git",
    "org-981@github.com:Octo-Org/hello.world.git",
    "git@github.com-work:Octo-Org/hello.world.git",
    "git@github.com:Octo-Org/hello.world.wiki.git",
    // package.json, pip, Maven, package URLs, workflows, GitHub's own buttons
    "git+https://github.com/Octo-Org/hello.world.git",
    "git+ssh://git@github.com/Octo-Org/hello.world.git#semver:^1",
    ...["github:Octo-Org/hello.world", "github:Octo-Org/hello.world#main"],
    ...["gh:Octo-Org/hello.world", "pkg:github/Octo-Org/hello.world@1.0"],
    "git+https://github.com/Octo-Org/hello.world.git@v1.2#egg=hello",
    "scm:git:git://github.com/Octo-Org/hello.world.git",
    ...["Octo-Org/hello.world@v4", "gh repo clone Octo-Org/hello.world"],
    "git clone https://github.com/Octo-Org/hello.world.git",
    // the address bar
    "https://github.com/Octo-Org/hello.world?tab=readme-ov-file",
    "https://github.com/Octo-Org/hello.world#readme",
    "https://github.com/Octo-Org/hello.world/?tab=readme#install/now",
    "https://github.com/Octo-Org/hello.world/tree/feature/x",
    "https://github.com/Octo-Org/hello.world/blob/main/a%20b/100%.md#L10-L20",
    "https://github.com/Octo-Org/hello.world/commits/main?author=a@b.example",
    "https://github.com/Octo-Org/hello.world/commit/0123456789abcdef0123456789abcdef01234567",
    "https://github.com/Octo-Org/hello.world/compare/a...b",
    ...["https://github.com/Octo-Org/hello.world/issues/12"].flatMap((url) => [url, `${url}/`]),
    "https://github.com/Octo-Org/hello.world/pull/3/files",
    ...["actions", "releases", "wiki", "raw/main/a.md", "settings"].map(
      (page) => `https://github.com/Octo-Org/hello.world/${page}`,
    ),
    "https://raw.githubusercontent.com/Octo-Org/hello.world/main/README.md?token=AAAA",
    "https://codeload.github.com/Octo-Org/hello.world/zip/refs/heads/main",
    "https://api.github.com/repos/Octo-Org/hello.world/commits?per_page=1",
    "https://github.dev/Octo-Org/hello.world",
    // as they come out of prose, markup and other programs
    ...["https://github.com//Octo-Org//hello.world/", "//github.com/Octo-Org/hello.world"],
    ...["<https://github.com/Octo-Org/hello.world>", '"https://github.com/Octo-Org/hello.world",'],
    ...[
      "(https://github.com/Octo-Org/hello.world).",
      "`Octo-Org/hello.world`",
      "'Octo-Org/hello.world';",
    ],
    ...[
      "https://github.com/Octo-Org/hello.world!",
      "\u200bhttps://github.com/Octo-Org/hello.world\r\n",
    ],
    ...["https://github.com/Octo%2DOrg/hello%2Eworld", "https://github.com/Octo-Org%2Fhello.world"],
    "https%3A%2F%2Fgithub.com%2FOcto-Org%2Fhello.world",
    "https://github.com./Octo-Org/hello.world",
    "https://github.com:443/Octo-Org/hello.world",
  ])("is accepted as %s", (url) => {
    expect(parseRepositoryUrl(url)).toEqual({ owner: "Octo-Org", name: "hello.world" });
  });

  it.each([
    ["tail-/a", "tail-", "a"],
    ["https://github.com/-head/a", "-head", "a"],
    ["mona_octo/a", "mona_octo", "a"],
    ["octo/.github", "octo", ".github"],
    ["new/one", "new", "one"],
    ["https://github.com/octo/x.git.git", "octo", "x.git"],
    ["https://github.com/octo/dotted./", "octo", "dotted."],
    ["https://github.com/actions/checkout", "actions", "checkout"],
    ["https://github.com/community/community", "community", "community"],
    ["git@github.com:443/n.git", "443", "n"],
  ])("may have any name that GitHub has: %s", (url, owner, name) => {
    expect(parseRepositoryUrl(url)).toEqual({ owner, name });
  });

  it.each([
    ...["", "   ", "...", "../etc", "octo/..", "octo/.", "octo/.git", "/", "@octo/hello"],
    "https://github.com/octo/../../etc/passwd",
    "https://github.com/%2E%2E/etc",
    "https://gitlab.com/octo/hello",
    "gitlab:octo/hello",
    "gitlab.com/octo/hello",
    "https://github.com.evil.example/octo/hello",
    "https://evil.example/github.com/octo/hello",
    "https://github.com@evil.example/octo/hello",
    "https://evil.example?q=@github.com/octo/hello",
    "https://evil.example#@github.com/octo/hello",
    "git@github.com-work.evil.example:octo/hello",
    "https://github.com-work/octo/hello",
    "https://github.com:3000/octo/hello",
    "https://user:secret@gitlab.com/octo/hello",
    "https://user:sec/secret@github.com/octo/hello",
    "user:secret@gitlab.com/octo/hello",
    "git@gitlab.com:octo/hello.git",
    ...[
      "ftp://github.com/octo/hello",
      "file:///octo/hello",
      "javascript:alert(1)",
      "C:\\octo\\hello",
    ],
    ...["octo/hel lo", "octo/hello\u0000", "öcto/hello", "octo/hello/main", "a\nb/c"],
    "x".repeat(10_000),
    `octo/${"x".repeat(1_000)}`,
    `${"x".repeat(39)}/..`,
  ])("is refused naming the field, without repeating it: %.60s", (url) => {
    const message = refusalOf(url);
    expect(message.length).toBeLessThan(300);
    expect(message).not.toContain("secret");
  });

  it.each([
    ...["https://github.com/settings/tokens", "https://github.com/login", "github.com/explore"],
    ...["https://github.com/features/copilot", "https://github.com/notifications?query=a"],
    ...["https://github.com/marketplace/actions/checkout", "https://github.com/search?q=o/n"],
    ...[
      "https://github.com/apps/dependabot",
      "https://github.com/topics/git",
      "github.com/Login/x",
    ],
    ...["https://api.github.com/rate_limit", "https://github.com/orgs", "https://github.com/New"],
  ])("is refused where it is a page of GitHub's own: %s", (url) => {
    expect(refusalOf(url)).toContain("a page of GitHub's own");
    expect(refusalOf(url)).not.toContain("addOwner");
  });

  it.each([
    ...["https://github.com/ada-w", "https://github.com/ada-w/", "github.com/ada-w", "@ada-w"],
    ...[
      "https://github.com/ada-w?tab=repositories",
      "https://user:secret@github.com/ada-w",
      "ada-w",
    ],
    ...["https://github.com/orgs/ada-w", "https://github.com/orgs/ada-w/repositories?q=a"],
    ...["https://github.com/users/ada-w/projects/1", "https://github.com/sponsors/ada-w"],
    ...["https://github.com/stars/ada-w/lists/good", "https://api.github.com/users/ada-w"],
  ])("of an owner leads to addOwner, which takes it: %s", (url) => {
    expect(refusalOf(url)).toContain('addOwner(login: "ada-w")');
    expect(refusalOf(url)).not.toContain("secret");
    expect(parseLogin(url)).toBe("ada-w");
  });

  it.each([
    "https://gist.github.com/octo/0123456789abcdef",
    "https://gist.githubusercontent.com/o/1",
  ])("of a gist is told so: %s", (url) =>
    expect(refusalOf(url)).toContain("gists cannot be tracked"),
  );

  it.each([
    ["octocorp.ghe.com", "https://octocorp.ghe.com/o/n"],
    ["octocorp.ghe.com", "https://api.octocorp.ghe.com/repos/o/n"],
    ["octocorp.ghe.com", "octocorp@octocorp.ghe.com:o/n.git"],
    ["ghe.example.org:8443", "https://ghe.example.org:8443/o/n/tree/main"],
    ["ghe.example.org:8443", "ghe.example.org:8443/o/n"],
    ["ghe.example.org:8443", "https://ghe.example.org:8443/api/v3/repos/o/n"],
    ["ghe.example.org:8443", "ssh://git@ghe.example.org:122/o/n.git"],
    ["ghe.example.org", "https://ghe.example.org/raw/o/n/main/a.md"],
    ["ghe.example.org", "o/n"],
  ])("may be on %s where that is what is tracked: %s", (host, url) => {
    expect(parseRepositoryUrl(url, host)).toEqual({ owner: "o", name: "n" });
  });

  it("is on no other host than the one that is tracked", () => {
    const host = "ghe.example.org:8443";
    for (const url of [
      "https://github.com/o/n",
      "github:o/n",
      "https://ghe.example.org:3000/o/n",
    ]) {
      expect(refusalOf(url, host)).toContain(`https://${host}/owner/name`);
    }
    expect(refusalOf("https://octocorp.ghe.com/o/n")).toContain("another address");
  });

  it("is found in any letter case", () => {
    expect(nameKey({ owner: "Octo", name: "Hello" })).toBe(
      nameKey({ owner: "oCTO", name: "hELLO" }),
    );
  });
});

const SECRET = "s3cr3t";
const owners = fc
  .stringMatching(/^[a-zA-Z\d_-]{1,39}$/)
  .filter((owner) => !/^(?:\d+|[_-]+)$/.test(owner))
  .map((owner) => `o${owner}`);
const names = fc
  .stringMatching(/^[\w.-]{1,60}$/)
  .map((name) => `n${name}`)
  .filter((name) => !/\.(?:git|wiki)$|\.$/i.test(name));
const anyCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => [...text].map((c, i) => (upper[i] ? c.toUpperCase() : c)).join(""));
const users = fc.oneof(
  fc.constantFrom("", "git@", `${SECRET}@`, `x-access-token:${SECRET}@`),
  fc.stringMatching(/^[\w.~!$&'()*+,;=:%@-]{0,20}$/).map((noise) => `u:${SECRET}${noise}@`),
);
const placed = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("https", "http", "ssh", "git", "git+https", "git+ssh").chain(anyCase),
      users,
      fc.constantFrom("github.com", "www.github.com", "ssh.github.com").chain(anyCase),
      fc.constantFrom("", ":443", ":22"),
      fc.constantFrom("/", "//"),
    )
    .filter(([scheme, , host]) => !/^ssh/i.test(host) || /ssh/i.test(scheme))
    .map(([scheme, user, host, port, slash]) => `${scheme}://${user}${host}${port}${slash}`),
  fc
    .tuple(fc.constantFrom("git@", `${SECRET}@`), anyCase("github.com"), fc.constantFrom(":", ":/"))
    .map((parts) => parts.join("")),
  fc.constantFrom("github:", "gh:", "github.com/"),
);
const behind = fc.oneof(
  fc.constantFrom("", "/", ".git", ".git/", "#readme", `?token=${SECRET}`, "/tree/main"),
  fc.webPath().map((path) => `/blob${path}`),
);
const around = fc.constantFrom(["", ""], ["<", ">"], [" ", "\n"], ['"', '",'], ["(", ")."]);

describe("any rendering of an owner and a name", () => {
  it("is read as these, whatever stands before, behind and around", () => {
    const renderings = fc.tuple(owners, names, placed, behind, around);
    fc.assert(
      fc.property(renderings, ([owner, name, place, tail, [open, close]]) => {
        const url = `${open}${place}${owner}/${name}${tail}${close}`;
        expect(parseRepositoryUrl(url), url).toEqual({ owner, name });
        expect(withoutSecrets(url)).not.toContain(SECRET);
      }),
      { numRuns: 2_000 },
    );
  });

  it("never shows a secret, however it is refused", () => {
    const anything = fc.stringMatching(/^[\w./:@?#%\s-]{0,20}$/);
    fc.assert(
      fc.property(placed, anything, anything, (place, one, other) => {
        const url = `${place.replace("github", "gitlab")}${one}/${other}`;
        fc.pre(withoutSecrets(`${one}/${other}`).includes(SECRET) === false);
        expect(withoutSecrets(url)).not.toContain(SECRET);
        try {
          parseRepositoryUrl(url);
        } catch (error) {
          expect((error as Error).message).not.toContain(SECRET);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
