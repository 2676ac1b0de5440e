import type { Random } from "../seeded-random.js";
import type { DemoProject } from "./demo-projects.js";

const VERBS: readonly (readonly [kind: string, verb: string])[] = [
  ["fix", "handle errors in"],
  ["fix", "do not crash on"],
  ["fix", "restore"],
  ["feat", "add options for"],
  ["feat", "support"],
  ["refactor", "simplify"],
  ["perf", "speed up"],
  ["test", "cover"],
  ["docs", "explain"],
  ["chore", "tidy up"],
];

const REASONS: readonly string[] = [
  "It failed only under load, because the second caller saw the state of the first.",
  "Nobody used the old way any more, and keeping both cost more than it gave.",
  "Measured on the slowest machine we have: 340 ms before, 45 ms after.",
  "Reported by a user on a very small screen; thanks for the recording.",
  "The previous change broke this for names with non-ASCII letters, like “Tromsø”.",
];

const PACKAGES = ["vite", "typescript", "fastify", "actions/checkout", "postgres", "eslint", "zod"];

export function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}

export interface DemoMessage {
  readonly text: string;
  /** For a branch that the commit begins. */
  readonly slug: string;
}

export function demoMessage({ areas, nouns, sayings }: DemoProject, random: Random): DemoMessage {
  const [kind, verb] = pick(VERBS, random);
  const noun = pick(nouns, random);
  const slug = `${kind}-${noun.replace(/^the /, "").replace(/\W+/g, "-")}`;
  const isSaying = sayings !== undefined && random() < 0.7;
  const headline = isSaying
    ? pick(sayings, random)
    : `${kind}(${pick(areas, random)}): ${verb} ${noun}`;
  const text = random() < 0.3 ? `${headline}\n\n${pick(REASONS, random)}` : headline;
  return { text, slug };
}

/** As bots write them. */
export function botMessage(random: Random): string {
  const [major, minor, patch] = [1 + random() * 6, random() * 20, random() * 9].map(Math.floor);
  const from = `${major}.${minor}.${patch}`;
  const to = `${major}.${(minor ?? 0) + 1}.0`;
  return `chore(deps): bump ${pick(PACKAGES, random)} from ${from} to ${to}`;
}

export function mergeMessage(project: DemoProject, pullRequest: number, random: Random): string {
  const { text, slug } = demoMessage(project, random);
  const [headline] = text.split("\n", 1);
  return `Merge pull request #${pullRequest} from ${project.owner}/${slug}\n\n${headline}`;
}
