import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { installPacked, type PackedTracker, packTracker } from "../support/packed-tracker.js";
import { readRepository } from "../support/tracker-api.js";

const TSC = fileURLToPath(new URL("../../node_modules/.bin/tsc", import.meta.url));
const ENV = { PATH: process.env.PATH, HOME: process.env.HOME };
const run = promisify(execFile);

/** A project's own code on what the package exports. */
const CONSUMER = `
import { print, type TypedQueryDocumentNode } from "graphql";
import { CommitsDocument, type CommitsQueryVariables } from "github-change-tracker/operations";

async function ask<Data, Variables>(
  document: TypedQueryDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const response = await fetch(process.argv[2] ?? "", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: print(document), variables }),
  });
  return ((await response.json()) as { data: Data }).data;
}

const { commits } = await ask(CommitsDocument, { repository: "lighthouse-labs/beacon", first: 1 });
const headline: string | undefined = commits.nodes[0]?.messageHeadline;
// @ts-expect-error it was not asked for
commits.nodes[0]?.messageBody;
// @ts-expect-error it is a number
export const wrong: CommitsQueryVariables = { first: "1" };
process.stdout.write(headline ?? "");
`;

describe("the package as npm packs it, installed elsewhere", { timeout: 120_000 }, () => {
  let folder: string;
  let packed: PackedTracker;
  let project: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tracker-package-"));
    project = join(folder, "elsewhere");
    packed = await packTracker(folder);
    await installPacked(packed, project);
  }, 240_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("has what is built and what it reads, and nothing else", async () => {
    const outside = packed.files.filter((path) => !/^(?:dist|prisma\/migrations)\//.test(path));
    expect(outside.toSorted()).toEqual([
      ...["CHANGELOG.md", "LICENSE", "README.md", "package.json", "schema.graphql"],
    ]);
    const sources = packed.files.filter((path) => /\.map$|\.tsx?$/.test(path));
    expect(sources).toEqual(["dist/client/operations.generated.d.ts"]);
    const migrations = await readdir("prisma/migrations");
    for (const name of migrations.filter((entry) => /^\d/.test(entry))) {
      expect(packed.files).toContain(`prisma/migrations/${name}/migration.sql`);
    }
  });

  it("lets others have the schema, for types of their own", async () => {
    const print =
      "fs.readFileSync(require.resolve('github-change-tracker/schema.graphql'), 'utf8')";
    const { stdout } = await run(process.execPath, ["-p", print], { cwd: project });
    expect(stdout.trim()).toBe((await readFile("schema.graphql", "utf8")).trim());
  });

  it("brings no development dependency along", async () => {
    for (const name of ["prisma", "typescript", "vitest"]) {
      await expect(access(join(project, "node_modules", name))).rejects.toThrow("ENOENT");
    }
  });

  it("starts the demo by `npx tracker`, which answers, serves its pages and ends by Ctrl-C", async () => {
    const child = spawn("npx", ["--no-install", "tracker"], {
      ...{ cwd: project, detached: true, stdio: ["ignore", "pipe", "pipe"] },
      env: { ...ENV, PORT: "0" },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const ended = once(child, "close");
    try {
      const url = await eventually(() => {
        const found = /"url":"(http:[^"]+)","roles"/.exec(output)?.[1];
        if (found === undefined) throw new Error(output);
        return found;
      }, 60_000);
      await eventually(async () => {
        const { state } = await readRepository(url, "lighthouse-labs/beacon");
        expect(state).toBe("ACTIVE");
      }, 30_000);
      await servesPages(url);
      await writeFile(join(project, "consumer.mts"), CONSUMER);
      expect(await compileAndRun(url)).toMatch(/\S/);
      const list = await run("npx", ["--no-install", "tracker", "list", "--json"], {
        cwd: project,
        env: { ...ENV, TRACKER_URL: url },
      });
      expect(list.stdout).toContain('"lighthouse-labs/beacon"');
    } finally {
      process.kill(-(child.pid ?? 0), "SIGINT");
    }
    await ended; // as npm ends at a signal, which is not ours to say
    expect(output).toContain('"msg":"stopped"');
    expect(output).not.toMatch(/"level":"(?:warn|error|fatal)"/);
  });

  /** Whatever a page names of ours is there. */
  async function servesPages(url: string): Promise<void> {
    let assetCount = 0;
    for (const path of ["/", "/graphql"]) {
      const page = await fetch(url + path, { headers: { accept: "text/html" } });
      if (path === "/" && page.status === 404) continue; // it has none
      expect(page.status, path).toBe(200);
      for (const [, asset = ""] of (await page.text()).matchAll(/(?:src|href)="([^"#]+)"/g)) {
        const { origin, href } = new URL(asset, url + path);
        if (origin !== url) continue;
        expect((await fetch(href)).status, href).toBe(200);
        assetCount += 1;
      }
    }
    expect(assetCount).toBeGreaterThan(3);
  }

  async function compileAndRun(url: string): Promise<string> {
    const typeRoots = fileURLToPath(new URL("../../node_modules/@types", import.meta.url));
    const options = [
      ...["--strict", "--target", "es2022", "--module", "nodenext"],
      ...["--typeRoots", typeRoots, "--types", "node"],
    ];
    await run(TSC, [...options, "consumer.mts"], { cwd: project }).catch((error) => {
      throw new Error(`${error.stdout}`);
    });
    const { stdout } = await run(process.execPath, ["consumer.mjs", `${url}/graphql`], {
      ...{ cwd: project, env: ENV },
    });
    return stdout;
  }
});
