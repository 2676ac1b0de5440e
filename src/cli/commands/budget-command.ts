import { Command } from "@commander-js/extra-typings";
import { BUDGETS, type Budgets, type RateBudget, whyNoBudgets } from "../client/budgets.js";
import { dateOf } from "../terminal/time-text.js";
import type { Tools } from "../tools.js";

const COLUMNS = [
  { title: "USER", of: (row: RateBudget) => row.login },
  { title: "LEFT", of: (row: RateBudget) => row.remaining },
  { title: "OF", of: (row: RateBudget) => row.limit },
  { title: "FULL", of: (row: RateBudget) => dateOf(row.resetAt) },
  { title: "LIVE", of: (row: RateBudget) => row.spentLive, isExtra: true },
  { title: "HISTORIES", of: (row: RateBudget) => row.spentBackfill, isExtra: true },
  { title: "WAITS", of: (row: RateBudget) => dateOf(row.pausedUntil) },
];

export function budgetCommand({ server, output }: Tools) {
  return new Command("budget")
    .description(
      "Shows what each GitHub user has left of its points, when they are full again, what they were spent on, and for how long GitHub said to wait.",
    )
    .action(async () => {
      const answer = await server().ask<Budgets>(`{ ${BUDGETS} }`);
      const { rateBudgets } = answer;
      if (rateBudgets.length === 0) await output.note(whyNoBudgets(answer));
      else await output.table(COLUMNS)(rateBudgets);
    });
}
