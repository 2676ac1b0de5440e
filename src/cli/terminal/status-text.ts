import type { RateBudget } from "../client/budgets.js";
import type { Output } from "./output.js";
import { count, duration, padEnd, padStart, safeLine } from "./terminal-text.js";

/** How a tracker stands. */
export interface Status {
  readonly address: string;
  readonly version: string;
  /** How many there are in each state. */
  readonly repositories: Readonly<Record<string, number>>;
  /** False where counting stopped at a bound. */
  readonly areCountsExact: boolean;
  readonly failedTaskCount: number;
  readonly feed: { readonly sequence: string; readonly oldestSequence: string | null };
  /** The key sees neither budgets nor queues nor replicas. */
  readonly isLimited: boolean;
  readonly rateBudgets: readonly RateBudget[];
  readonly queues: readonly {
    readonly name: string;
    readonly readyCount: number | null;
    readonly deadCount: number | null;
  }[];
  readonly replicas: readonly {
    readonly name: string;
    readonly isUsed: boolean;
    readonly lagSeconds: number | null;
  }[];
}

const NAME_WIDTH = 14;
const TROUBLE: ReadonlySet<string> = new Set(["FAILED", "UNAVAILABLE"]);

/** Of fifty columns, but for what names and times take. */
export function describeStatus(status: Status, output: Output): string {
  const { address, version, failedTaskCount, feed, isLimited } = status;
  const given = failedTaskCount === 0 ? "nothing" : `${count(failedTaskCount)}; see tracker failed`;
  const parts = isLimited
    ? []
    : [...budgetLines(status, output), ...queueLines(status, output), ...replicaLines(status)];
  const lines = [
    `tracker ${version} at ${address}`,
    "",
    ...repositoryLines(status, output),
    named("given up", failedTaskCount === 0 ? given : output.paint("red", given)),
    ...parts,
    named("feed", describeFeed(feed)),
    ...(isLimited ? ["", "This key is limited: of some repositories alone."] : []),
  ];
  return lines.join("\n");
}

function named(name: string, value: string): string {
  return `${padEnd(name, NAME_WIDTH)}${value}`;
}

/** The states that there are. */
function repositoryLines({ repositories, areCountsExact }: Status, { paint }: Output): string[] {
  const states = Object.entries(repositories).filter(([, each]) => each > 0);
  const total = states.reduce((sum, [, each]) => sum + each, 0);
  const width = count(total).length;
  const lines = states.map(([state, each]) => {
    const line = named(`  ${state.toLowerCase()}`, padStart(count(each), width));
    return TROUBLE.has(state) ? paint("red", line) : line;
  });
  return [named("repositories", `${count(total)}${areCountsExact ? "" : " or more"}`), ...lines];
}

function budgetLines({ rateBudgets }: Status, output: Output): string[] {
  if (rateBudgets.length === 0) return [named("budget", "nothing was asked of GitHub yet")];
  return ["budget", ...rateBudgets.flatMap((budget) => linesOfBudget(budget, output))];
}

function linesOfBudget(budget: RateBudget, { time, paint }: Output): string[] {
  const { login, remaining, limit, resetAt, pausedUntil } = budget;
  const points = `${count(remaining)} of ${count(limit)}`;
  const full = resetAt === null ? "" : `, full ${time(resetAt)}`;
  const wait = pausedUntil === null ? [] : [`told to wait, goes on ${time(pausedUntil)}`];
  return [
    named(`  ${padEnd(safeLine(login), NAME_WIDTH - 4)}  `, points + full),
    ...wait.map((text) => named("", paint("yellow", text))),
  ];
}

/** Those with something in them. */
function queueLines({ queues }: Status, { paint }: Output): string[] {
  if (queues.some(({ readyCount }) => readyCount === null)) {
    return [named("waiting", "the broker does not say")];
  }
  const waiting = queues.filter(({ readyCount }) => (readyCount ?? 0) > 0);
  const dead = queues.filter(({ deadCount }) => (deadCount ?? 0) > 0);
  const ready = waiting.map(({ name, readyCount }) => `${name} ${count(readyCount ?? 0)}`);
  const died = dead.map(({ name, deadCount }) => `${name} ${count(deadCount ?? 0)}`);
  return [
    named("waiting", ready.length === 0 ? "nothing" : ready.join(", ")),
    ...(died.length === 0 ? [] : [named("dead", paint("red", died.join(", ")))]),
  ];
}

function replicaLines({ replicas }: Status): string[] {
  return replicas.map(({ name, isUsed, lagSeconds }, index) => {
    const lag = lagSeconds === null ? "no answer" : `${duration(Math.round(lagSeconds))} behind`;
    const facts = `${safeLine(name)}  ${lag}${isUsed ? "" : ", left out"}`;
    return named(index === 0 ? "replicas" : "", facts);
  });
}

function describeFeed({ sequence, oldestSequence }: Status["feed"]): string {
  if (oldestSequence === null) return "no event yet";
  return `at ${count(Number(sequence))}, kept from ${count(Number(oldestSequence))}`;
}
