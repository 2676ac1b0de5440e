import type { Summary } from "./summary.js";

const WIDTH = 930;
const HEIGHT = 480;
const LEFT = 60;
const TOP = 40;
const PLOT_WIDTH = 560;
const PLOT_HEIGHT = 380;
const SECONDS_MIN = 1;
const SECONDS_MAX = 36_000;
const COLOURS = [
  "#d62728",
  "#7f7f7f",
  "#1f77b4",
  "#aec7e8",
  "#2ca02c",
  "#98df8a",
  "#000000",
  "#ff7f0e",
];
const MARKS: readonly (readonly [number, string])[] = [
  [1, "1 s"],
  [10, "10 s"],
  [60, "1 min"],
  [600, "10 min"],
  [3_600, "1 h"],
  [36_000, "10 h"],
];

/** The share of commits stored within a time, for each policy; time on a logarithmic axis. */
export function plot(title: string, summaries: readonly Summary[]): string {
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<text x="${LEFT}" y="22" font-size="14">${escaped(title)}</text>`,
    ...MARKS.map(([seconds, label]) => gridLine(x(seconds), label)),
    ...[0, 0.25, 0.5, 0.75, 1].map(levelLine),
    ...summaries.flatMap(curve),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

function x(seconds: number): number {
  const clipped = Math.min(Math.max(seconds, SECONDS_MIN), SECONDS_MAX);
  return (
    LEFT + (PLOT_WIDTH * Math.log(clipped / SECONDS_MIN)) / Math.log(SECONDS_MAX / SECONDS_MIN)
  );
}

function y(share: number): number {
  return TOP + PLOT_HEIGHT * (1 - share);
}

function gridLine(at: number, label: string): string {
  return `<path d="M${at.toFixed(1)} ${TOP}V${TOP + PLOT_HEIGHT}" stroke="#ddd"/><text x="${at.toFixed(1)}" y="${TOP + PLOT_HEIGHT + 18}" text-anchor="middle">${label}</text>`;
}

function levelLine(share: number): string {
  const at = y(share).toFixed(1);
  return `<path d="M${LEFT} ${at}H${LEFT + PLOT_WIDTH}" stroke="#ddd"/><text x="${LEFT - 8}" y="${at}" dy="4" text-anchor="end">${share * 100} %</text>`;
}

function curve({ policy, mean, isBudgeted, quantiles }: Summary, index: number): string[] {
  const colour = COLOURS[index % COLOURS.length];
  const dash = isBudgeted ? "" : ' stroke-dasharray="5 4"';
  const points = quantiles.map(
    (seconds, step) => `${x(seconds).toFixed(1)},${y((step + 1) / quantiles.length).toFixed(1)}`,
  );
  const legendX = LEFT + PLOT_WIDTH + 16;
  const legendY = TOP + 14 + index * 22;
  return [
    `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.8"${dash}/>`,
    `<path d="M${legendX} ${legendY}h22" stroke="${colour}" stroke-width="2"${dash}/>`,
    `<text x="${legendX + 28}" y="${legendY + 4}">${escaped(policy)}, mean ${Math.round(mean)} s</text>`,
  ];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
