import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const OBSERVABILITY = fileURLToPath(
  new URL("../../containers/observability/", import.meta.url),
);

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const FOLDER = join(OBSERVABILITY, "prometheus", "rules");
export const RULE_FILES = readdirSync(FOLDER).map((name) => join(FOLDER, name));

export function readRules(files: readonly string[] = RULE_FILES): Rule[] {
  return files.flatMap((path) => {
    const { groups } = parse(readFileSync(path, "utf8")) as {
      groups: { rules: Rule[] }[];
    };
    return groups.flatMap(({ rules }) => rules);
  });
}
