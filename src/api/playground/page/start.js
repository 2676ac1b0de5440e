import { askForKey, fetchWithKey } from "./api-key.js";
import { firstTab, linkTo, readLink } from "./first-tab.js";
import { follow } from "./follow.js";
import { operationToSend } from "./operations.js";

const { React, ReactDOM, GraphiQL } = globalThis; // prebuilt scripts
const h = React.createElement;

const prepared = JSON.parse(document.querySelector("#prepared-tabs").textContent);
const link = readLink(location.search);
// Opened once: what is made of it belongs to its tab, and a reload shows that.
if (link !== null) history.replaceState(null, "", location.pathname);
const opened = firstTab(link, prepared);

async function ask(operation) {
  const init = {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(operation),
  };
  // GraphiQL asks for the schema by itself, and once more where that fails.
  const isPressed = operation.operationName !== "IntrospectionQuery";
  const response = await fetchWithKey("/graphql", init, isPressed);
  return await response.json();
}

function fetcher(operation) {
  const { type, payload } = operationToSend(operation);
  return type === "subscription" ? follow(payload) : ask(payload);
}

let shownTab = { ...opened, operationName: link?.operationName };

/** Puts the tab's link where it can be copied, kept as a bookmark, and sent on. */
function showLink() {
  history.replaceState(null, "", linkTo(shownTab, location.href));
  navigator.clipboard?.writeText(location.href).catch(() => {}); // it stands in the address bar
}

const button = (label, title, onClick) =>
  h(
    "button",
    { type: "button", className: "graphiql-un-styled page-button", title, onClick },
    label,
  );

function Playground() {
  const [operationName, setOperationName] = React.useState(link?.operationName ?? undefined);
  return h(
    GraphiQL,
    {
      ...opened,
      operationName,
      fetcher,
      defaultTabs: link === null ? prepared : [opened, ...prepared],
      isHeadersEditorEnabled: false, // the key has its own place
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: "variables",
      // The link's name is for the link's text.
      onEditQuery: (text) =>
        setOperationName(text === link?.query ? (link.operationName ?? undefined) : undefined),
      onTabChange: ({ tabs, activeTabIndex }) => {
        shownTab = tabs[activeTabIndex];
      },
      toolbar: {
        additionalContent: button("Link", "Link to this operation, in the address bar", showLink),
      },
    },
    h(
      GraphiQL.Logo,
      null,
      button("API key", "Enter, change or forget the API key", () => askForKey("")),
    ),
  );
}

ReactDOM.createRoot(document.querySelector("#graphiql")).render(h(Playground));
