import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/text";
import { startDashboard } from "./dashboard.js";

/** docs/runbook.md where whoever was woken is already: a panel for each of its sections. */
export function buildRunbook(text: string): Dashboard {
  const dashboard = startDashboard("runbook", "Runbook", "What to do when an alert fires");
  const [first = "", ...sections] = text.split(/^## /m);
  const panel = (title: string, content: string) =>
    new PanelBuilder()
      .title(title)
      .description(`From docs/runbook.md: ${title}`)
      .content(content.trim())
      .span(24)
      .height(7);
  dashboard.withPanel(panel("To begin with", first.replace(/^# .*$/m, "")));
  for (const section of sections) {
    const [title = "", ...lines] = section.split("\n");
    // Anchors lead nowhere in Grafana.
    dashboard.withPanel(panel(title, lines.join("\n").replaceAll(/\[(\w+)\]\(#\w+\)/g, "$1")));
  }
  return dashboard.build();
}
