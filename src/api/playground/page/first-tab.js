/** What a link asks for: `?query=…`, and with it `variables` (JSON) and `operationName`. Null without. */
export function readLink(search) {
  const params = new URLSearchParams(search);
  const query = params.get("query");
  if (query === null) return null;
  return {
    query,
    variables: indented(params.get("variables") ?? ""),
    operationName: params.get("operationName"),
  };
}

/** The address that opens the playground with this operation. */
export function linkTo({ query, variables, operationName }, href) {
  const link = new URL(href);
  link.search = new URLSearchParams({
    query: query ?? "",
    ...(variables && { variables }),
    ...(operationName && { operationName }),
  });
  return link.href;
}

/**
 * The tab that is open at the start: the link's, the one that was open here last, or the first of
 * those prepared. GraphiQL loses the variables of its first tab, and takes a tab that was kept for
 * another one, unless it is told them.
 */
export function firstTab(link, prepared) {
  const { query, variables } = link ?? lastOpenTab() ?? prepared[0];
  return { query: query ?? "", variables: variables ?? "" };
}

function lastOpenTab() {
  const kept = JSON.parse(localStorage.getItem("graphiql:tabState") ?? "null");
  return kept?.tabs[kept.activeTabIndex];
}

function indented(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json; // GraphiQL says what is wrong with it
  }
}
