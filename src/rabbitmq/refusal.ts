const INEQUIVALENT = /inequivalent arg '([^']+)' for (\w+) '([^']+)' in vhost '[^']*': ([^"]+)/;

/** Whether the broker itself has answered with this code, rather than the line broken. */
export function isRefusal(error: unknown, code?: number): error is Error & { code: number } {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return code === undefined ? typeof error.code === "number" : error.code === code;
}

/** Why something was not declared: what on the broker is at fault, and what to do about it. */
export function describeRefusal(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, argument, what, name, difference] = INEQUIVALENT.exec(message) ?? [];
  if (argument === undefined) return message;
  return `RabbitMQ has the ${what} ${name} with another ${argument} (${difference}). Delete that ${what}, and it is declared as it has to be`;
}
