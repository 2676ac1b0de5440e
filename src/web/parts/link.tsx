import type { ComponentChildren, MouseEventHandler } from "preact";
import { go } from "../client/router.js";

interface LinkProps {
  readonly to: string;
  readonly class?: string;
  readonly current?: boolean;
  readonly title?: string;
  readonly children: ComponentChildren;
}

/** A link within the page: a real one, which opens elsewhere when it is told to. */
export function Link({ to, current = false, children, ...rest }: LinkProps) {
  const follow: MouseEventHandler<HTMLAnchorElement> = (event) => {
    const isPlain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (event.button !== 0 || !isPlain) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} onClick={follow} {...(current && { "aria-current": "page" })} {...rest}>
      {children}
    </a>
  );
}

/** A link to GitHub, in a tab of its own. */
export function Outside({ to, ...rest }: Omit<LinkProps, "current">) {
  return <a href={to} target="_blank" rel="noreferrer" {...rest} />;
}
