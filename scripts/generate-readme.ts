/** Writes the README's table of variables from the environment's schema; `--check` fails when it is stale. */
import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { envSchema } from "../src/config/env-schema.js";

const [START, END] = ["<!-- variables -->", "<!-- /variables -->"];

function table(): string {
  const rows = Object.entries(envSchema.shape).map(([name, field]) => {
    const inner = field instanceof z.ZodDefault ? field.unwrap() : field;
    const meaning = field.description ?? (inner as z.ZodType).description ?? "";
    const fallback = field instanceof z.ZodDefault ? format(field.def.defaultValue) : "";
    return `| \`${name}\` | ${meaning} | ${fallback} |`;
  });
  return ["| variable | meaning | default |", "|---|---|---|", ...rows].join("\n");
}

function format(value: unknown): string {
  const text = Array.isArray(value) ? value.join(",") : String(value);
  return text === "" ? "" : `\`${text}\``;
}

const readme = await readFile("README.md", "utf8");
const [before, rest] = readme.split(START);
const after = rest?.split(END)[1];
if (before === undefined || after === undefined)
  throw new Error(`README.md lacks ${START} … ${END}`);
const updated = `${before}${START}\n${table()}\n${END}${after}`;
if (process.argv.includes("--check")) {
  if (updated !== readme) {
    process.stderr.write("README.md's table of variables is stale; run: npm run generate:readme\n");
    process.exitCode = 1;
  }
} else {
  await writeFile("README.md", updated);
}
