import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OBSERVABILITY } from "./rule-files.js";

const FOLDER = join(OBSERVABILITY, "grafana", "dashboards", "tracker");

export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

export interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly links: readonly { readonly title: string }[];
}

export const DASHBOARDS = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Dashboard);

/** Of every panel, as Grafana sends them, but for the times. */
export function panelQueries(rateInterval: string) {
  return DASHBOARDS.flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({
        place: `${uid}: ${title}`,
        expr: expr.replaceAll("$__rate_interval", rateInterval),
      })),
    ),
  );
}
