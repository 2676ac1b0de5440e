import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const folderOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const OUT = folderOf("../../dist/web");

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
const GZIP = { level: constants.Z_BEST_COMPRESSION };

/** Compresses what a browser loads once, at its best, so that the server never has to. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    async closeBundle() {
      const assets = join(OUT, "assets");
      for (const name of await readdir(assets)) {
        const plain = await readFile(join(assets, name));
        await writeFile(join(assets, `${name}.br`), await promisify(brotliCompress)(plain, BROTLI));
        await writeFile(join(assets, `${name}.gz`), await promisify(gzip)(plain, GZIP));
      }
    },
  };
}

export default defineConfig({
  root: folderOf("."),
  plugins: [precompress()],
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // nothing inline need be allowed
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
});
