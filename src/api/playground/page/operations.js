const STRING_OR_COMMENT = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*/g;
const BRACKET_OR_OPERATION = /[{}()]|\b(query|mutation|subscription)\b\s*([_A-Za-z]\w*)?/g;

/**
 * The operation to send. What GraphiQL notes of a text is a tenth of a second behind it, and then of
 * the tab before: a name that is not in the text is none of it.
 */
export function operationToSend({ query, variables, operationName }) {
  const operations = operationsIn(query);
  const named = operations.find(({ name }) => name === operationName);
  const { type, name } = named ?? (operations.length === 1 ? operations[0] : {});
  return { type, payload: { query, variables, operationName: name } };
}

function operationsIn(query) {
  const found = [];
  let depth = 0;
  for (const [token, type, name] of query
    .replaceAll(STRING_OR_COMMENT, " ")
    .matchAll(BRACKET_OR_OPERATION)) {
    if (token === "{" || token === "(") depth += 1;
    else if (token === "}" || token === ")") depth -= 1;
    else if (depth === 0) found.push({ type, name });
  }
  return found;
}
