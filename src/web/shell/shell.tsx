import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { usePlace } from "../client/router.js";
import { signOut } from "../client/session.js";
import { ViewerContext } from "../client/viewer.js";
import { Link } from "../parts/link.js";
import { Toast } from "../parts/toast.js";
import { Connection } from "./connection.js";
import { ThemeChoice } from "./theme.js";

const PAGES = [
  { to: "/", label: "Live" },
  { to: "/repositories", label: "Repositories" },
  { to: "/system", label: "System" },
] as const;

const hasPlayground = document.documentElement.dataset.playground !== undefined;

/** What stands around every page: where one is, where one can go, and whether it is live. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  const { path } = usePlace();
  const { hasKey } = useContext(ViewerContext);
  const isCurrent = (to: string) =>
    to === "/" ? path === "/" : path.startsWith(to) || isBelow(path, to);
  return (
    <>
      <a class="skip" href="#content">
        To the content
      </a>
      <header class="bar">
        <div class="bar-inner">
          <Link to="/" class="brand" title="GitHub change tracker">
            <Mark />
            <span>Change tracker</span>
          </Link>
          <nav class="nav" aria-label="Pages">
            {PAGES.map(({ to, label }) => (
              <Link key={to} to={to} current={isCurrent(to)}>
                {label}
              </Link>
            ))}
            {hasPlayground && <a href="/graphql">Playground</a>}
          </nav>
          <div class="bar-end">
            <Connection />
            <ThemeChoice />
            {hasKey && (
              <button
                type="button"
                class="button is-quiet"
                onClick={() => signOut("You are signed out.")}
              >
                Sign out
              </button>
            )}
          </div>
        </div>
      </header>
      <div id="content" tabIndex={-1}>
        {children}
      </div>
      <Toast />
    </>
  );
}

/** A commit is part of its repository. */
const isBelow = (path: string, to: string) =>
  to === "/repositories" && path.startsWith("/commits/");

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <rect width="32" height="32" rx="8" class="mark-back" />
      <path
        d="M10 6v20M10 20c0-6 12-4 12-10"
        fill="none"
        stroke="#fff"
        stroke-width="2.6"
        stroke-linecap="round"
      />
      <circle cx="10" cy="25" r="3.2" fill="#fff" />
      <circle cx="10" cy="7" r="3.2" fill="#fff" />
      <circle cx="22" cy="9" r="3.2" fill="#fff" />
    </svg>
  );
}
