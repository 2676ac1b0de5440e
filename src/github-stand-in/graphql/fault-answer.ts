import { CANNED_ANSWERS } from "../http/canned-answers.js";
import type { FaultAnswer } from "../http/fault.js";
import type { Outcome } from "./exchange.js";
import type { HttpAnswer } from "./github-error.js";
import { jsonAnswer } from "./github-error.js";

interface Instead {
  readonly requestId: string;
  readonly nowMs: number;
  /** The refusal of a primary limit whose header claims that so many points are left. */
  readonly primaryLimited: (remaining: number) => HttpAnswer;
}

/** What a fault answers without looking at the query; null when the query is to be run. */
export function answerInstead(fault: FaultAnswer | null, instead: Instead): Outcome | null {
  if (fault === "hang" || fault === "reset") return { kind: fault };
  if (fault === null || fault === "cut" || fault === "stall" || fault === "stale-replica") {
    return null;
  }
  if (typeof fault === "string") {
    return { kind: "answer", answer: CANNED_ANSWERS[fault](instead.requestId, instead.nowMs) };
  }
  if ("status" in fault) {
    const { status, headers = {}, body = "" } = fault;
    const isText = typeof body === "string";
    const answer = isText ? { status, headers, body } : jsonAnswer(status, body, headers);
    return { kind: "answer", answer };
  }
  if ("primaryLimit" in fault) {
    return { kind: "answer", answer: instead.primaryLimited(fault.primaryLimit.remaining) };
  }
  return null;
}

/** What a fault changes of a query that is run. */
export function changesOf(fault: FaultAnswer | null) {
  const isObject = typeof fault === "object" && fault !== null;
  return {
    delayMs: isObject && "delayMs" in fault ? fault.delayMs : 0,
    fieldFaults: isObject && "fieldError" in fault ? [fault.fieldError] : [],
    historyItemsMax: isObject && "historyItemsMax" in fault ? fault.historyItemsMax : null,
    isStale: fault === "stale-replica",
  };
}
