import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  Registry,
} from "prom-client";
import { ROLES, type Role } from "../../domain/role.js";
import { type Exposition, expose } from "./exposition.js";
import type {
  CounterDefinition,
  GaugeDefinition,
  HistogramDefinition,
  Labels,
  MetricDefinition,
} from "./metric-definition.js";
import { METRIC_TABLE } from "./metric-table.js";
import { createSource, type SourceOptions } from "./source.js";

type MetricOf<D> =
  D extends CounterDefinition<infer L>
    ? Counter<keyof L & string>
    : D extends GaugeDefinition<infer L>
      ? Gauge<keyof L & string>
      : D extends HistogramDefinition<infer L>
        ? Observed<keyof L & string>
        : never;

/** Observed by `observe` alone, which knows of exemplars. */
export type Observed<Label extends string> = Omit<Histogram<Label>, "observe" | "startTimer">;

type Table = typeof METRIC_TABLE;

/** Every metric, on a registry of this process's own; those of other roles are there and told to nobody. */
export type Metrics = { readonly [Key in keyof Table]: MetricOf<Table[Key]> } & {
  /** Has gauges set when somebody asks for the metrics. */
  readFrom<T>(options: SourceOptions<T>): void;
  /** For who takes what `accept` says. Within two seconds or so, whatever becomes of what is read for it. */
  expose(accept?: string): Promise<Exposition>;
};

/** prom-client's own that count nothing and are called a total. */
const MISNAMED = /^nodejs_active_\w+_total$/;

export function createMetrics(roles: ReadonlySet<Role> = new Set(ROLES)): Metrics {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE); // else it takes no exemplars
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) {
    if (MISNAMED.test(name)) registry.removeSingleMetric(name);
  }
  const registersOf = (of: readonly Role[]) =>
    of.some((role) => roles.has(role)) ? [registry] : [];
  const made = Object.entries(METRIC_TABLE).map(([key, definition]) => [
    key,
    make(definition, registersOf(definition.roles)),
  ]);
  const metrics = Object.fromEntries(made) as {
    readonly [Key in keyof Table]: MetricOf<Table[Key]>;
  };
  const sources: ReturnType<typeof createSource>[] = [];
  return {
    ...metrics,
    readFrom(options) {
      sources.push(createSource(options, metrics.metricsRead));
    },
    async expose(accept) {
      await Promise.all(sources.map((source) => source.refresh()));
      return await expose(registry.getMetricsAsArray(), accept);
    },
  };
}

function make(definition: MetricDefinition, registers: Registry<OpenMetricsContentType>[]) {
  const { name, help, labels } = definition;
  const given = { name, help, labelNames: Object.keys(labels), registers };
  const known = valuesOf(labels);
  if (definition.type === "gauge") {
    const gauge = new Gauge(given);
    gauge.remove({}); // one without labels begins with a value
    for (const values of definition.isFromZero ? known : []) gauge.set(values, 0);
    return gauge;
  }
  if (definition.type === "counter") {
    const counter = new Counter(given);
    for (const values of known) counter.inc(values, 0);
    return counter;
  }
  const { buckets } = definition;
  const histogram = new Histogram({ ...given, buckets: [...buckets], enableExemplars: true });
  for (const values of known) histogram.zero(values);
  return histogram;
}

/** A series that is there from the start has a rate when it is first counted; none where values are not known. */
function valuesOf(labels: Labels): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (known, [label, values]) =>
      typeof values === "string"
        ? []
        : known.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}
