const REQUESTS_KEPT_MAX = 20_000;

export interface LoggedRequest {
  /** Milliseconds since 1970, when it came in. */
  readonly at: number;
  readonly operationName: string | null;
  readonly variables: unknown;
  /** Login, null without a valid token. */
  readonly user: string | null;
  /** 0 when no answer was sent. */
  readonly status: number;
  /** Points charged. */
  readonly cost: number;
  /** Of the answer's body. */
  readonly bytes: number;
  /** From the request to its answer. */
  readonly ms: number;
}

export interface OperationCount {
  readonly requests: number;
  readonly points: number;
}

/** The latest requests, and the counts of all of them by operation name. */
export class RequestLog {
  #requests: LoggedRequest[] = [];
  readonly #counts = new Map<string, OperationCount>();

  add(request: LoggedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > 2 * REQUESTS_KEPT_MAX) {
      this.#requests = this.#requests.slice(-REQUESTS_KEPT_MAX);
    }
    const name = request.operationName ?? "";
    const { requests, points } = this.#counts.get(name) ?? { requests: 0, points: 0 };
    this.#counts.set(name, { requests: requests + 1, points: points + request.cost });
  }

  list(operationName?: string): LoggedRequest[] {
    const latest = this.#requests.slice(-REQUESTS_KEPT_MAX);
    if (operationName === undefined) return latest;
    return latest.filter((request) => request.operationName === operationName);
  }

  /** By operation name; "" for those without one. */
  counts(): Record<string, OperationCount> {
    return Object.fromEntries(this.#counts);
  }

  clear(): void {
    this.#requests = [];
    this.#counts.clear();
  }
}
