import { ROLES, type Role } from "../../domain/role.js";

/** Of each label its values, where they are known beforehand, else what it stands for. */
export type Labels = Readonly<Record<string, readonly string[] | string>>;

interface Told<L extends Labels> {
  /** In Prometheus's conventions: base units, and the unit last (but for `_total`). */
  readonly name: string;
  readonly help: string;
  /** None of them ever has a value for each repository. */
  readonly labels: L;
  /** Of the processes that export it. */
  readonly roles: readonly Role[];
}

/** A metric as it is told to people, and as it is made. */
export type MetricDefinition<L extends Labels = Labels> =
  | CounterDefinition<L>
  | GaugeDefinition<L>
  | HistogramDefinition<L>;
export interface CounterDefinition<L extends Labels> extends Told<L> {
  readonly type: "counter";
}
export interface GaugeDefinition<L extends Labels> extends Told<L> {
  readonly type: "gauge";
  /** Counted up and down here, from nothing on; else there is no value before the first is set. */
  readonly isFromZero?: boolean;
}
export interface HistogramDefinition<L extends Labels> extends Told<L> {
  readonly type: "histogram";
  readonly buckets: readonly number[];
}

type Given<Definition extends Told<Labels>, L extends Labels> = Omit<
  Definition,
  "type" | "labels" | "roles"
> & {
  readonly labels?: L;
  /** Absent: those of all. */
  readonly roles?: readonly Role[];
};

export function counter<const L extends Labels = Record<never, never>>(
  given: Given<CounterDefinition<L>, L>,
): CounterDefinition<L> {
  return { type: "counter", ...complete(given) };
}

export function gauge<const L extends Labels = Record<never, never>>(
  given: Given<GaugeDefinition<L>, L>,
): GaugeDefinition<L> {
  return { type: "gauge", ...complete(given) };
}

export function histogram<const L extends Labels = Record<never, never>>(
  given: Given<HistogramDefinition<L>, L>,
): HistogramDefinition<L> {
  return { type: "histogram", ...complete(given) };
}

function complete<L extends Labels, G extends { labels?: L; roles?: readonly Role[] }>(given: G) {
  return { ...given, labels: given.labels ?? ({} as L), roles: given.roles ?? ROLES };
}
