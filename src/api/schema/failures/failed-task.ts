import type { ErrorCode } from "../../../domain/errors.js";
import { globalId } from "../../../domain/global-id.js";
import type { FailedTask } from "../../../store/repositories/failure-reader.js";
import { knownErrorCode } from "../error-code.type.js";
import { TaskKind } from "./failed-task.type.js";

/** Given-up work as the API shows it. */
export interface ShownFailedTask extends FailedTask {
  readonly id: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly nextAttemptAt: Date | null;
  readonly kind: (typeof TaskKind)[keyof typeof TaskKind] | null;
  readonly code: ErrorCode | null;
  readonly batchSize: number | null;
  readonly page: number | null;
  readonly requestId: string | null;
  readonly deliveries: number | null;
}

/** A failure's context is what was known when it was written, maybe by another version. */
export function showFailedTask(failed: FailedTask): ShownFailedTask {
  const { context } = failed;
  const { id, attempts, lastError, nextCheckAt } = failed.repository;
  return {
    ...failed,
    id: globalId("FailedTask", id),
    ...{ attempts, lastError, nextAttemptAt: nextCheckAt },
    kind: Object.values(TaskKind).find((kind) => kind === context.task) ?? null,
    code: knownErrorCode(context.code),
    batchSize: integer(context.batch),
    page: integer(context.page),
    requestId: typeof context.requestId === "string" ? context.requestId : null,
    deliveries: integer(context.deliveries),
  };
}

function integer(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}
