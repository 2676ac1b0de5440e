import { type Metric, Registry, type RegistryContentType } from "prom-client";

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

const OPEN_METRICS = /\bapplication\/openmetrics-text\b/;

/**
 * The metrics as text: OpenMetrics, whose exemplars lead to traces, for those who ask for it.
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export async function expose(metrics: readonly unknown[], accept = ""): Promise<Exposition> {
  const isOpen = OPEN_METRICS.test(accept);
  const registry = new Registry<RegistryContentType>();
  if (isOpen) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of metrics) {
    registry.registerMetric(isOpen ? inOpenMetrics(metric) : (metric as Metric));
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

interface Told {
  readonly name: string;
}

/** Its registry adds the `_total` of a counter, and would take it from the metric's name for good. */
function inOpenMetrics(metric: unknown): Metric {
  const { name, type } = metric as Told & { readonly type: string };
  const bare = name.replace(/_total$/, "");
  const get = async () => ({ ...(await (metric as { get(): Promise<Told> }).get()), name: bare });
  return { name: bare, type, get } as unknown as Metric;
}
