import { carriedTrace } from "../../telemetry/traces/carried-trace.js";
import { findWrongScheme } from "./scheme.js";
import type { ServerAddress } from "./server-address.js";
import { ServerError, UNREACHABLE, unreachable } from "./server-error.js";

const ANSWER_MS_MAX = 30_000;
/** Of what deletes: a history of millions takes minutes. */
export const DELETION_MS_MAX = 280_000;

/** A running tracker, as its command line sees it. */
export interface ServerClient {
  readonly address: ServerAddress;
  /** The data of one operation. Rejects with `ServerError`, readable for a person. */
  ask<Data>(
    operation: string,
    variables?: Readonly<Record<string, unknown>>,
    options?: { answerMsMax?: number },
  ): Promise<Data>;
}

/** Asks over HTTP, with the key where there is one. */
export function createServerClient(address: ServerAddress): ServerClient {
  const { key } = address;
  const headers = {
    "content-type": "application/json",
    accept: "application/graphql-response+json, application/json",
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
  return {
    address,
    async ask<Data>(query: string, variables = {}, { answerMsMax = ANSWER_MS_MAX } = {}) {
      const request = {
        method: "POST",
        headers: { ...headers, ...carriedTrace() },
        body: JSON.stringify({ query, variables }),
        redirect: "manual", // followed, it would become a GET
        signal: AbortSignal.timeout(answerMsMax),
      } as const;
      try {
        return (await askOnce(address, request)) as Data;
      } catch (error) {
        const isUnreachable = error instanceof ServerError && error.code === UNREACHABLE;
        throw (isUnreachable && (await findWrongScheme(address))) || error;
      }
    },
  };
}

async function askOnce(address: ServerAddress, request: RequestInit): Promise<unknown> {
  const response = await fetch(address.graphql, request).catch((cause: unknown) => {
    throw unreachable(address, reasonOf(cause), cause);
  });
  const { data, errors } = await readAnswer(response, address);
  const [first] = errors ?? [];
  if (first !== undefined) throw new ServerError(codeOf(first, response), first.message);
  return data;
}

interface AnswerError {
  readonly message: string;
  readonly extensions?: { readonly code?: unknown };
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly AnswerError[];
}

async function readAnswer(response: Response, address: ServerAddress): Promise<Answer> {
  const place = response.headers.get("location");
  if (place !== null) throw unreachable(address, `it redirects to ${place}`);
  try {
    const answer = (await response.json()) as Answer | null;
    if (answer?.data !== undefined || Array.isArray(answer?.errors)) return answer ?? {};
  } catch (cause) {
    throw unreachable(address, `HTTP ${response.status} without JSON`, cause);
  }
  throw unreachable(address, `HTTP ${response.status}, not from GraphQL`);
}

function codeOf({ extensions }: AnswerError, { status }: Response): string {
  return typeof extensions?.code === "string" ? extensions.code : `HTTP_${status}`;
}

const UNTRUSTED = "its certificate is not trusted; NODE_EXTRA_CA_CERTS names one that is";

/** Of a failed fetch: the network's own word for it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "it takes too long";
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const { code = cause.message } = cause as NodeJS.ErrnoException;
  return /CERT|SIGNED|UNABLE_TO_VERIFY/.test(code) ? `${code}: ${UNTRUSTED}` : code;
}
