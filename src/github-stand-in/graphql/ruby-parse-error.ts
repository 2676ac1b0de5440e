import type { GraphQLError } from "graphql";
import type { WireError } from "./github-error.js";

const TOKEN_NAMES: Readonly<Record<string, string>> = {
  "=": "EQUALS",
  "{": "LCURLY",
  "}": "RCURLY",
  "(": "LPAREN",
  ")": "RPAREN",
  "[": "LBRACKET",
  "]": "RBRACKET",
  ":": "COLON",
  "!": "BANG",
  $: "VAR_SIGN",
  "@": "DIR_SIGN",
  "|": "PIPE",
  "&": "AMP",
  "...": "ELLIPSIS",
};

/** `Parse error on "=" (EQUALS) at [7, 80]`; parse errors have no path. */
export function toRubyParseError(error: GraphQLError): WireError {
  const { line = 1, column = 1 } = error.locations?.[0] ?? {};
  const locations = [{ line, column }];
  if (error.message.includes("<EOF>"))
    return { locations: [], message: "Unexpected end of document" };
  const [, kind, quoted] =
    /(?:found|Unexpected) (?:(Name|Int|Float|String|BlockString) )?"(.*?)"\.?$/.exec(
      error.message,
    ) ?? [];
  if (quoted === undefined) return { locations, message: error.message };
  const token = kind === undefined ? (TOKEN_NAMES[quoted] ?? "UNKNOWN_CHAR") : rubyKind(kind);
  return { locations, message: `Parse error on "${quoted}" (${token}) at [${line}, ${column}]` };
}

function rubyKind(kind: string): string {
  return kind === "Name" ? "IDENTIFIER" : kind.toUpperCase();
}
