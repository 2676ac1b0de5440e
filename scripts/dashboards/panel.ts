import { ThresholdsConfigBuilder, ThresholdsMode } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** Of Grafana's units, those that are used. */
export type Unit = "s" | "bytes" | "short" | "percentunit" | "ops" | "dateTimeAsIso" | "Bps";

export interface PanelSpec {
  readonly title: string;
  /** What it shows, and what it means when it looks odd. */
  readonly description: string;
  readonly unit: Unit;
  /** By its legend, which may name labels as `{{label}}`. */
  readonly queries: Readonly<Record<string, string>>;
  /** One number, red from here on; else lines over time. */
  readonly redFrom?: number;
  readonly isNumber?: boolean;
}

export const PROMETHEUS = { type: "prometheus", uid: "prometheus" };
const HEIGHT = 8;

export function buildPanel(spec: PanelSpec): StatBuilder | TimeseriesBuilder {
  const isNumber = spec.isNumber === true || spec.redFrom !== undefined;
  const panel = isNumber ? new StatBuilder() : new TimeseriesBuilder();
  panel
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(PROMETHEUS)
    .height(isNumber ? HEIGHT / 2 : HEIGHT)
    .span(isNumber ? 6 : 12);
  Object.entries(spec.queries).forEach(([legend, expr], index) => {
    const query = new DataqueryBuilder()
      .expr(expr)
      .legendFormat(legend)
      .refId(String.fromCharCode("A".charCodeAt(0) + index))
      .range();
    // From a point of a histogram to the trace that it belongs to.
    if (expr.includes("_bucket")) query.exemplar(true);
    panel.withTarget(query);
  });
  if (spec.redFrom !== undefined) panel.thresholds(redFrom(spec.redFrom));
  return panel;
}

function redFrom(value: number): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null as unknown as number, color: "green" },
    { value, color: "red" },
  ]);
}
