import type { HttpAnswer } from "../graphql/github-error.js";
import { JSON_TYPE, jsonAnswer } from "../graphql/github-error.js";

const DOCUMENTATION_URL = "https://docs.github.com/graphql";
const SECONDARY_URL =
  "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";
const SECONDARY_MESSAGE =
  "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

export function badCredentials(): HttpAnswer {
  const body = { message: "Bad credentials", documentation_url: DOCUMENTATION_URL, status: "401" };
  return jsonAnswer(401, body);
}

export function unauthenticated(): HttpAnswer {
  return jsonAnswer(401, {
    message: "This endpoint requires you to be authenticated.",
    documentation_url:
      "https://docs.github.com/graphql/guides/forming-calls-with-graphql#authenticating-with-graphql",
  });
}

export function problemsParsingJson(): HttpAnswer {
  const message = "Problems parsing JSON";
  return jsonAnswer(400, { message, documentation_url: DOCUMENTATION_URL, status: "400" });
}

export function notFound(): HttpAnswer {
  return jsonAnswer(404, {
    message: "Not Found",
    documentation_url: DOCUMENTATION_URL,
    status: "404",
  });
}

/** How a secondary limit is told. The seen form: 403 with `retry-after` in seconds. */
export interface SecondaryForm {
  readonly status: 200 | 403 | 429;
  readonly retryAfter: "seconds" | "http-date" | "absent";
}

export const SECONDARY_FORM: SecondaryForm = { status: 403, retryAfter: "seconds" };

export function secondaryLimit(
  { status, retryAfter }: SecondaryForm,
  waitMs: number,
  nowMs: number,
): HttpAnswer {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const headers: Record<string, string> = { "x-github-media-type": "github.v4; format=json" };
  if (retryAfter === "seconds") headers["retry-after"] = String(seconds);
  if (retryAfter === "http-date") {
    headers["retry-after"] = new Date(nowMs + seconds * 1000).toUTCString();
  }
  const body = { documentation_url: SECONDARY_URL, message: SECONDARY_MESSAGE };
  return jsonAnswer(status, body, headers);
}

function somethingWentWrong(requestId: string): unknown {
  const message = `Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include \`${requestId}\` when reporting this issue.`;
  return { data: null, errors: [{ message }] };
}

type Canned = (requestId: string, nowMs: number) => HttpAnswer;

/** GitHub's bad moments by name, for faults and for what the 10-second wall answers. */
export const CANNED_ANSWERS = {
  "timeout-502-json": (requestId) => ({
    ...jsonAnswer(502, somethingWentWrong(requestId)),
    headers: { "content-type": "application/json" },
  }),
  "timeout-502-html": () => ({
    status: 502,
    headers: { "content-type": "text/html" },
    body: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
  }),
  "timeout-504-json": () =>
    jsonAnswer(504, {
      message:
        "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists.",
    }),
  "timeout-200-json": (requestId) => jsonAnswer(200, somethingWentWrong(requestId)),
  "timedout-200": () => jsonAnswer(200, { data: {}, errors: [{ message: "timedout" }] }),
  "empty-200": () => jsonAnswer(200, {}),
  "upstream-503": () => ({
    status: 503,
    headers: { "content-type": "text/plain" },
    body: "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
  }),
  "bad-credentials": badCredentials,
  "secondary-403": (_, nowMs) => secondaryLimit(SECONDARY_FORM, 60_000, nowMs),
  "secondary-429": (_, nowMs) => secondaryLimit({ ...SECONDARY_FORM, status: 429 }, 60_000, nowMs),
  "secondary-200": (_, nowMs) => secondaryLimit({ ...SECONDARY_FORM, status: 200 }, 60_000, nowMs),
  "secondary-403-http-date": (_, nowMs) =>
    secondaryLimit({ status: 403, retryAfter: "http-date" }, 60_000, nowMs),
  "secondary-403-without-retry-after": (_, nowMs) =>
    secondaryLimit({ status: 403, retryAfter: "absent" }, 60_000, nowMs),
  "not-json-200": () => ({
    status: 200,
    headers: { "content-type": JSON_TYPE },
    body: '{"data":{"repository":{',
  }),
} satisfies Record<string, Canned>;

export type CannedName = keyof typeof CANNED_ANSWERS;
