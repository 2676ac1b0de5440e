import type { SignatureSpec } from "../git/git-write.js";
import type { Random } from "../seeded-random.js";

/** What the demo's repositories are made of. */
export interface DemoProject {
  readonly owner: string;
  readonly name: string;
  /** Fixed, so that a second start finds the same repositories. */
  readonly databaseId: number;
  readonly commitCount: number;
  readonly areas: readonly string[];
  readonly nouns: readonly string[];
}

export const DEMO_PROJECTS: readonly DemoProject[] = [
  {
    owner: "lighthouse-labs",
    name: "beacon",
    databaseId: 812_400_101,
    commitCount: 380,
    areas: ["api", "auth", "queue", "storage", "config"],
    nouns: [
      "session tokens",
      "the retry loop",
      "request timeouts",
      "the health endpoint",
      "connection pooling",
      "webhook signatures",
      "slow queries",
      "the rate limiter",
    ],
  },
  {
    owner: "lighthouse-labs",
    name: "tide-charts",
    databaseId: 812_400_102,
    commitCount: 260,
    areas: ["ui", "charts", "a11y", "build", "i18n"],
    nouns: [
      "the legend",
      "axis labels",
      "dark mode",
      "keyboard navigation",
      "tooltips on touch screens",
      "the date picker",
      "empty states",
      "font loading",
    ],
  },
  {
    owner: "ada-w",
    name: "weather-cli",
    databaseId: 812_400_103,
    commitCount: 150,
    areas: ["cli", "cache", "parser", "docs", "tests"],
    nouns: [
      "the forecast table",
      "unit conversion",
      "offline mode",
      "shell completion",
      "exit codes",
      "station lookup",
      "the progress bar",
      "long place names",
    ],
  },
];

/** Some have an account by GitHub's noreply address, some by a linked e-mail, one has none. */
export const DEMO_PEOPLE: readonly SignatureSpec[] = [
  { name: "Ada Wren", email: "4101+ada-w@users.noreply.github.com" },
  { name: "Tomás Rivera", email: "tomas@lighthouse.example" },
  { name: "Ingrid Solheim", email: "4377+isolheim@users.noreply.github.com" },
  { name: "Kofi Mensah", email: "kofi@lighthouse.example" },
  { name: "李明", email: "5120+liming@users.noreply.github.com" },
  { name: "Noor Haddad", email: "noor.haddad@mail.example" },
];

export const DEMO_LINKED_EMAILS: readonly (readonly [email: string, login: string])[] = [
  ["tomas@lighthouse.example", "trivera"],
  ["kofi@lighthouse.example", "kofi-m"],
];

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

export function demoMessage({ areas, nouns }: DemoProject, random: Random): DemoMessage {
  const [kind, verb] = pick(VERBS, random);
  const noun = pick(nouns, random);
  const headline = `${kind}(${pick(areas, random)}): ${verb} ${noun}`;
  const text = random() < 0.3 ? `${headline}\n\n${pick(REASONS, random)}` : headline;
  return { text, slug: `${kind}-${noun.replace(/^the /, "").replace(/\W+/g, "-")}` };
}
