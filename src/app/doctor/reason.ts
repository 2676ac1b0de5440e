/** Why something did not answer, in a line, without the secrets of the URL it was asked under. */
export function reasonOf(error: unknown, url: string): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  const { code, message } = inner as NodeJS.ErrnoException;
  const text = [message, code].find((part) => typeof part === "string" && part !== "");
  const { password } = new URL(url);
  const line = (text ?? String(error)).replace(/\s+/g, " ");
  if (password === "") return line;
  return [password, decodeURIComponent(password)].reduce(
    (safe, secret) => safe.replaceAll(secret, "[secret]"),
    line,
  );
}

/** Host, port and path (a database's name, a virtual host), without who asks and with what. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
