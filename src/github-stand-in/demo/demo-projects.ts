import type { SignatureSpec } from "../git/git-write.js";
import { DEMO_MAINTAINERS, DEMO_PASSERS_BY, DEMO_TEAM, DEMO_TRANSLATORS } from "./demo-people.js";

/** What the demo's repositories are made of, and what happens to them. */
export interface DemoProject {
  readonly owner: string;
  readonly name: string;
  /** Fixed, so that a second start finds the same repositories. */
  readonly databaseId: number;
  readonly commitCount: number;
  /** Mean time between two commits of its past. */
  readonly gapHours: number;
  /** Mean time between two pushes from now on. */
  readonly pushEveryMs: number;
  readonly people: readonly SignatureSpec[];
  /** Who writes the half of it, each for a while. */
  readonly passersBy?: readonly SignatureSpec[];
  readonly areas: readonly string[];
  readonly nouns: readonly string[];
  /** Headlines that are said as they stand, most of the time. */
  readonly sayings?: readonly string[];
  /** Of its commits, those that bots write. */
  readonly botShare?: number;
  /** Each so-manieth push takes back the one before. */
  readonly rewriteEvery?: number;
  /** It is renamed to this, and back, with each so-manieth push. */
  readonly rename?: { readonly to: string; readonly every: number };
}

/** The last is there to be added by whoever tries it, and with its owner. */
export const DEMO_PROJECTS: readonly DemoProject[] = [
  {
    owner: "lighthouse-labs",
    name: "beacon",
    databaseId: 812_400_101,
    ...{ commitCount: 380, gapHours: 18, pushEveryMs: 6_000 },
    people: DEMO_TEAM,
    botShare: 0.06,
    areas: ["api", "auth", "queue", "storage", "config"],
    nouns: [
      ...["session tokens", "the retry loop", "request timeouts", "the health endpoint"],
      ...["connection pooling", "webhook signatures", "slow queries", "the rate limiter"],
    ],
  },
  {
    owner: "lighthouse-labs",
    name: "tide-charts",
    databaseId: 812_400_102,
    ...{ commitCount: 260, gapHours: 26, pushEveryMs: 25_000 },
    people: DEMO_TEAM,
    areas: ["ui", "charts", "a11y", "build", "i18n"],
    nouns: [
      ...["the legend", "axis labels", "dark mode", "keyboard navigation", "the date picker"],
      ...["tooltips on touch screens", "empty states", "font loading"],
    ],
  },
  {
    owner: "lighthouse-labs",
    name: "deploy-kit",
    databaseId: 812_400_104,
    ...{ commitCount: 240, gapHours: 30, pushEveryMs: 20_000 },
    people: DEMO_TEAM.slice(1, 4),
    botShare: 0.75,
    areas: ["ci", "docker", "release"],
    nouns: ["the build cache", "signed tags", "the arm64 image", "flaky steps"],
  },
  {
    owner: "harbor-dev",
    name: "lexicon",
    databaseId: 812_400_105,
    ...{ commitCount: 160, gapHours: 50, pushEveryMs: 30_000 },
    people: DEMO_TRANSLATORS,
    rename: { to: "phrasebook", every: 5 },
    areas: ["i18n", "glossary"],
    nouns: ["plural forms", "right-to-left layout", "missing strings", "the glossary"],
    sayings: [
      ...[
        "修复登录页面的翻译",
        "用語集を更新する",
        "исправить опечатки в справке",
        "번역 누락 추가",
      ],
      ...["تحديث نصوص صفحة الدخول", "תיקון כיוון הטקסט בתפריט", "διόρθωση του γλωσσαρίου"],
      ...["अनुवाद में सुधार", "cập nhật bản dịch trang chủ", "añadir textos que faltaban"],
    ],
  },
  {
    owner: "ada-w",
    name: "notebook",
    databaseId: 812_400_106,
    ...{ commitCount: 60, gapHours: 110, pushEveryMs: 30_000 },
    people: DEMO_TEAM.slice(0, 1),
    rewriteEvery: 3,
    areas: ["notes", "drafts"],
    nouns: ["the reading list", "a talk on queues", "unfinished thoughts", "last week"],
  },
  {
    owner: "harbor-dev",
    name: "atlas",
    databaseId: 812_400_107,
    ...{ commitCount: 6_000, gapHours: 9, pushEveryMs: 12_000 },
    people: DEMO_MAINTAINERS,
    passersBy: DEMO_PASSERS_BY,
    botShare: 0.08,
    areas: ["core", "tiles", "router", "search", "mobile"],
    nouns: [
      ...["the tile cache", "coastlines at low zoom", "route planning", "place names"],
      ...["offline maps", "the projection code", "search as you type", "contour lines"],
    ],
  },
  {
    owner: "ada-w",
    name: "weather-cli",
    databaseId: 812_400_103,
    ...{ commitCount: 150, gapHours: 9, pushEveryMs: 30_000 },
    people: DEMO_TEAM,
    areas: ["cli", "cache", "parser", "docs", "tests"],
    nouns: [
      ...["the forecast table", "unit conversion", "offline mode", "shell completion"],
      ...["exit codes", "station lookup", "the progress bar", "long place names"],
    ],
  },
];
