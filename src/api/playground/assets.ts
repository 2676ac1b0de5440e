import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const require = createRequire(import.meta.url);
const JAVASCRIPT = "text/javascript; charset=utf-8";
const CSS = "text/css; charset=utf-8";

const beside = (manifest: string, file: string) => join(dirname(manifest), file);

interface Source {
  readonly name: string;
  readonly type: string;
  readonly path: () => string;
}

/** Served from our own dependencies: nothing is loaded from elsewhere. */
const PACKAGES: readonly Source[] = [
  {
    name: "react.js",
    type: JAVASCRIPT,
    path: () => beside(require.resolve("react/package.json"), "umd/react.production.min.js"),
  },
  {
    name: "react-dom.js",
    type: JAVASCRIPT,
    path: () =>
      beside(require.resolve("react-dom/package.json"), "umd/react-dom.production.min.js"),
  },
  {
    name: "graphql-ws.js",
    type: JAVASCRIPT,
    path: () => beside(require.resolve("graphql-ws/package.json"), "umd/graphql-ws.min.js"),
  },
  {
    name: "graphiql.js",
    type: JAVASCRIPT,
    path: () => beside(require.resolve("graphiql/package.json"), "graphiql.min.js"),
  },
  {
    name: "graphiql.css",
    type: CSS,
    path: () => beside(require.resolve("graphiql/package.json"), "graphiql.min.css"),
  },
];
/** What the browser runs of ours, as it stands. */
const MODULES: readonly Source[] = [
  "start.js",
  "api-key.js",
  "first-tab.js",
  "follow.js",
  "operations.js",
].map((name) => ({
  name,
  type: JAVASCRIPT,
  path: () => fileURLToPath(new URL(`page/${name}`, import.meta.url)),
}));

const namesOf = (type: string) =>
  PACKAGES.filter((source) => source.type === type).map(({ name }) => name);
export const PAGE_SCRIPTS = namesOf(JAVASCRIPT);
export const PAGE_STYLES = namesOf(CSS);

/** Encodings that assets are there in, the smallest first. */
export const ASSET_ENCODINGS = ["br", "gzip", "identity"] as const;
export type AssetEncoding = (typeof ASSET_ENCODINGS)[number];

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }; // 11 takes ten times as long for 4 % less
const ENCODE: Readonly<Record<AssetEncoding, (plain: Buffer) => Promise<Buffer>>> = {
  br: (plain) => promisify(brotliCompress)(plain, BROTLI),
  gzip: (plain) => promisify(gzip)(plain, { level: 9 }),
  identity: async (plain) => plain,
};

export interface Asset {
  readonly type: string;
  /** Encoded once, when it is first asked for so. */
  body(encoding: AssetEncoding): Promise<Buffer>;
}

export interface Assets {
  /** Another one whenever any of them is: what is under it never changes. */
  readonly digest: string;
  readonly byName: ReadonlyMap<string, Asset>;
}

export async function loadAssets(): Promise<Assets> {
  const digest = createHash("sha256");
  const byName = new Map<string, Asset>();
  for (const { name, type, path } of [...PACKAGES, ...MODULES]) {
    const file = await readFile(path());
    const plain = type === CSS ? Buffer.from(withoutFonts(String(file))) : file;
    digest.update(plain);
    byName.set(name, createAsset(type, plain));
  }
  return { digest: digest.digest("hex").slice(0, 16), byName };
}

function createAsset(type: string, plain: Buffer): Asset {
  const bodies = new Map<AssetEncoding, Promise<Buffer>>();
  return {
    type,
    body(encoding) {
      const body = bodies.get(encoding) ?? ENCODE[encoding](plain);
      bodies.set(encoding, body);
      return body;
    },
  };
}

/** Its fonts, which are written into it, are seven eighths of GraphiQL's style; a system has its own. */
function withoutFonts(css: string): string {
  return css.replaceAll(/@font-face\s*\{[^}]*\}/g, "");
}
