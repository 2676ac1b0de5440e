import type { CombinedError } from "@urql/preact";
import type { ComponentChildren } from "preact";
import { codeOf, messageOf } from "../client/error-code.js";

/** Where there is nothing to show: what that means, and what to do. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="notice">
      <p class="notice-title">{title}</p>
      {children && <div class="notice-text">{children}</div>}
    </div>
  );
}

/** Grey lines where rows will be. */
export function Loading({ what, rows = 6 }: { readonly what: string; readonly rows?: number }) {
  return (
    <div class="loading" role="status" aria-label={`Loading ${what}`}>
      {[...Array(rows).keys()].map((row) => (
        <div class="loading-row" key={row} aria-hidden="true" />
      ))}
    </div>
  );
}

const ADVICE: Readonly<Record<string, string>> = {
  UNREACHABLE: "It is asked again as soon as the connection is back.",
  RATE_LIMITED: "Wait a moment, then try again.",
  QUERY_TOO_EXPENSIVE: "Ask for less: a shorter time, or fewer filters.",
  DATABASE_UNAVAILABLE: "The tracker is running, its database is not. Try again in a moment.",
  FORBIDDEN: "Sign in with a key that may do this.",
};

/** What went wrong, in the tracker's own words, and what to do. */
export function Failure({
  error,
  retry,
}: {
  readonly error: CombinedError;
  readonly retry?: () => void;
}) {
  const code = codeOf(error);
  return (
    <div class="notice is-bad" role="alert">
      <p class="notice-title">{messageOf(error)}</p>
      <div class="notice-text">
        {ADVICE[code] !== undefined && <p>{ADVICE[code]}</p>}
        {retry && (
          <button type="button" class="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}
