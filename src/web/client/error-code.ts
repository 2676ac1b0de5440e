import type { CombinedError } from "@urql/preact";

/** As in `extensions.code`; `UNREACHABLE` where no answer came at all. */
export function codeOf(error: CombinedError): string {
  const [first] = error.graphQLErrors;
  if (first !== undefined) return String(first.extensions.code ?? "INTERNAL_SERVER_ERROR");
  const response = error.response as Response | undefined;
  return response?.status === 401 ? "UNAUTHENTICATED" : "UNREACHABLE";
}

/** What went wrong, for people, as the tracker says it. */
export function messageOf(error: CombinedError): string {
  const [first] = error.graphQLErrors;
  if (first !== undefined) return first.message;
  return "The tracker does not answer. It may be restarting, or the network is down.";
}
