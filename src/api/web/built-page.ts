import { type Dirent, readdirSync, readFileSync } from "node:fs";

/** Where `npm run build` puts the page, whether this runs built or from its source. */
const FOLDER = new URL("../../../dist/web/", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Encodings that files are there in, the smallest first, and how their names end. */
const ENDINGS = { br: ".br", gzip: ".gz", identity: "" } as const;
export type FileEncoding = keyof typeof ENDINGS;
export const FILE_ENCODINGS = Object.keys(ENDINGS) as FileEncoding[];

export interface BuiltFile {
  readonly type: string;
  /** As the build left it, compressed at its best; one that is not worth it is there as it is alone. */
  readonly bodies: ReadonlyMap<FileEncoding, Buffer>;
}

export interface BuiltPage {
  /** A page of HTML, so small that to compress it is not worth while. */
  readonly page: string;
  /** By their names, which are made of their content: what is under one never changes. */
  readonly assets: ReadonlyMap<string, BuiltFile>;
}

/** Held in memory, being small; null where it was not built. */
export function readBuiltPage(folder = FOLDER): BuiltPage | null {
  const page = readIfThere(new URL("index.html", folder));
  if (page === null) return null;
  const names = filesIn(new URL("assets/", folder)).filter((name) => typeOf(name) !== undefined);
  const assets = new Map<string, BuiltFile>();
  for (const name of names) {
    const file = readFile(new URL("assets/", folder), name);
    if (file !== null) assets.set(name, file);
  }
  return { page: String(page), assets };
}

function filesIn(folder: URL): string[] {
  const entries: Dirent[] = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

function typeOf(name: string): string | undefined {
  return TYPES[name.slice(name.lastIndexOf(".") + 1)];
}

function readFile(folder: URL, name: string): BuiltFile | null {
  const bodies = new Map<FileEncoding, Buffer>();
  for (const encoding of FILE_ENCODINGS) {
    const body = readIfThere(new URL(name + ENDINGS[encoding], folder));
    if (body !== null) bodies.set(encoding, body);
  }
  const type = typeOf(name);
  return type === undefined || !bodies.has("identity") ? null : { type, bodies };
}

function readIfThere(path: URL): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
