import { Command } from "@commander-js/extra-typings";
import { REPOSITORY_STATES, type RepositoryState } from "../../domain/repository.js";
import { BUDGETS, type Budgets } from "../client/budgets.js";
import { describeStatus, type Status } from "../terminal/status-text.js";
import type { Tools } from "../tools.js";

interface Counted {
  readonly totalCount: number;
  readonly totalCountIsExact: boolean;
}

type Answer = Budgets &
  Readonly<Record<RepositoryState, Counted>> &
  Pick<Status, "feed"> & {
    readonly system: Pick<Status, "version" | "queues" | "replicas">;
    readonly failedTasks: Counted;
  };

const COUNTED = "totalCount totalCountIsExact";
const STATUS = `{
  system { version queues { name readyCount deadCount } replicas { name isUsed lagSeconds } }
  feed { sequence oldestSequence }
  failedTasks(first: 1) { ${COUNTED} }
  ${BUDGETS}
  ${REPOSITORY_STATES.map(
    (state) => `${state}: repositories(first: 1, filter: { states: [${state}] }) { ${COUNTED} }`,
  ).join("\n  ")}
}`;

export function statusCommand({ server, output }: Tools) {
  return new Command("status")
    .description(
      "Shows on one screen how it all stands: repositories by state, budgets, what waits, what was given up, the feed.",
    )
    .action(async () => {
      const answer = await server().ask<Answer>(STATUS);
      const { system, feed, failedTasks, viewer, rateBudgets } = answer;
      const counts = REPOSITORY_STATES.map((state) => [state, answer[state].totalCount] as const);
      const status: Status = {
        address: server().address.graphql.origin,
        ...system,
        feed,
        repositories: Object.fromEntries(counts),
        areCountsExact: REPOSITORY_STATES.every((state) => answer[state].totalCountIsExact),
        failedTaskCount: failedTasks.totalCount,
        isLimited: viewer.isLimited,
        rateBudgets,
      };
      await output.print(status, () => describeStatus(status, output));
    });
}
