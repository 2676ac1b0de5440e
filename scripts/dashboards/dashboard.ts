import {
  type Dashboard,
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { buildPanel, type PanelSpec } from "./panel.js";

export interface DashboardSpec {
  /** Of its file and its address. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly PanelSpec[];
}

const TAG = "tracker";
const TRACES = `/explore?left=${encodeURIComponent(JSON.stringify({ datasource: "tempo" }))}`;

export function startDashboard(name: string, title: string, description: string): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(`tracker-${name}`)
    .description(description)
    .tags([TAG])
    .readonly()
    .timezone("browser")
    .time({ from: "now-3h", to: "now" })
    .refresh("30s")
    .link(
      new DashboardLinkBuilder("Tracker")
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .keepTime(true),
    )
    .link(linkTo("Traces", TRACES))
    .link(linkTo("Runbook", "/d/tracker-runbook"));
}

function linkTo(title: string, url: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).keepTime(true);
}

export function buildDashboard({ name, title, description, panels }: DashboardSpec): Dashboard {
  const dashboard = startDashboard(name, title, description);
  for (const panel of panels) dashboard.withPanel(buildPanel(panel));
  return dashboard.build();
}
