// Leaves of node_modules what a process loads: maps, typings and texts go, and Prisma's compilers for other databases.
// For images; run after `npm prune --omit=dev`.
import { readdirSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";

const NEVER_LOADED = /\.(?:map|ts|mts|cts|md|markdown|flow|tsbuildinfo)$/;
const COMPILER = /[\\/]@prisma[\\/]client[\\/]runtime[\\/]query_compiler_/;
const OWN_COMPILER = /query_compiler_fast_bg\.postgresql\.(?:wasm-base64\.)?mjs$/;

let bytes = 0;
for (const entry of readdirSync("node_modules", { withFileTypes: true, recursive: true })) {
  const path = join(entry.parentPath, entry.name);
  const isCompiler = COMPILER.test(path) && !OWN_COMPILER.test(path);
  if (!entry.isFile() || !(NEVER_LOADED.test(entry.name) || isCompiler)) continue;
  bytes += statSync(path).size;
  unlinkSync(path);
}
process.stdout.write(`${Math.round(bytes / 1e6)} MB that nothing loads are gone\n`);
