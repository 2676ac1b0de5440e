import type { PackFault } from "../git-protocol/pack-fault.js";
import type { FieldFault } from "../graphql/query-context.js";
import type { CannedName } from "./canned-answers.js";

/** What a fault does to a request it takes. */
export type FaultAnswer =
  /** One of GitHub's known bad answers. */
  | CannedName
  /** Never answers; the connection stays open until the client gives up. */
  | "hang"
  /** Closes the connection without a byte. */
  | "reset"
  /** Runs the query, then closes the connection in the middle of the answer. */
  | "cut"
  /** Runs the query and sends half of the answer; the connection stays open without another byte. */
  | "stall"
  /** Answers from a replica that has missed the last push to each repository, `pushedAt` included. */
  | "stale-replica"
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Text as it is; anything else as JSON. */
      readonly body?: unknown;
    }
  /** Answers as usual, but later. */
  | { readonly delayMs: number }
  /** Answers as usual, with an error on one field. */
  | { readonly fieldError: FieldFault }
  /** Answers as usual, but histories silently end after so many items. */
  | { readonly historyItemsMax: number }
  /** Of the git protocol alone: an answer with a fault in it. */
  | { readonly pack: PackFault }
  /** Of the git protocol alone: a slow one. */
  | { readonly bytesPerSecond: number }
  /** Refuses as if the points were used up; `remaining` is what the header still claims. */
  | { readonly primaryLimit: { readonly remaining: number } };

export interface Fault {
  /** Which requests; every condition must hold. Default: all. */
  readonly when?: {
    readonly operationName?: string;
    /** Only the n-th request, 1 first, that meets the other conditions. */
    readonly nth?: number;
    /** Only each so-manieth request that meets the other conditions. */
    readonly every?: number;
    /** Looks up this `owner/name`, or with `*` any repository, by name and not by node id. */
    readonly asksByName?: string;
    /** Found in the query text or the variables as JSON. */
    readonly includes?: string;
    readonly login?: string;
  };
  readonly answer: FaultAnswer;
  /** How many requests; default 1. */
  readonly times?: number | "always";
}

export interface FaultRequest {
  readonly operationName: string | null;
  readonly login: string;
  /** The request body as it came. */
  readonly text: string;
  /** `owner/name` of the repositories that are looked up by name. */
  readonly names: () => readonly string[];
}

interface ArmedFault {
  readonly id: number;
  readonly fault: Fault;
  seen: number;
  left: number;
}

/** Faults in the order they were injected; the first that fits takes the request. */
export class Faults {
  #armed: ArmedFault[] = [];
  #nextId = 1;

  inject(fault: Fault): number {
    const left = fault.times === "always" ? Number.POSITIVE_INFINITY : (fault.times ?? 1);
    const id = this.#nextId;
    this.#nextId += 1;
    this.#armed.push({ id, fault, seen: 0, left });
    return id;
  }

  take(request: FaultRequest): FaultAnswer | null {
    for (const armed of this.#armed) {
      if (!fits(armed.fault, request)) continue;
      armed.seen += 1;
      if (!isItsTurn(armed)) continue;
      armed.left -= 1;
      if (armed.left <= 0) this.#armed = this.#armed.filter((other) => other !== armed);
      return armed.fault.answer;
    }
    return null;
  }

  clear(id?: number): void {
    this.#armed = id === undefined ? [] : this.#armed.filter((armed) => armed.id !== id);
  }
}

function isItsTurn({ fault: { when = {} }, seen }: ArmedFault): boolean {
  return (
    (when.nth === undefined || seen === when.nth) &&
    (when.every === undefined || seen % when.every === 0)
  );
}

function fits({ when = {} }: Fault, request: FaultRequest): boolean {
  const { operationName, login, text } = request;
  return (
    (when.operationName === undefined || when.operationName === operationName) &&
    (when.login === undefined || when.login === login) &&
    (when.includes === undefined || text.includes(when.includes)) &&
    (when.asksByName === undefined || asksByName(request, when.asksByName))
  );
}

function asksByName({ names }: FaultRequest, wanted: string): boolean {
  const key = wanted.toLowerCase();
  return names().some((name) => wanted === "*" || name.toLowerCase() === key);
}
