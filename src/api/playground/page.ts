import type { ReadyOperation } from "./operation-collection.js";

const STYLE = `
html, body, #graphiql { height: 100%; margin: 0; }
#graphiql { height: 100dvh; }
.page-button { padding: 10px 6px; cursor: pointer; }
.graphiql-container .graphiql-logo { padding: 0 6px; font-size: inherit; white-space: nowrap; }
.graphiql-container .graphiql-session-header > :first-child { min-width: 0; }
@media (max-width: 700px) {
  .graphiql-container { flex-direction: column-reverse; }
  .graphiql-container .graphiql-sidebar { width: auto; flex-direction: row; padding: 0 8px; }
  .graphiql-container .graphiql-sidebar .graphiql-sidebar-section { flex-direction: row; }
  .graphiql-container .graphiql-main { flex-direction: column; min-height: 0; }
  .graphiql-container .graphiql-main > * { min-height: 0; }
  .graphiql-container .graphiql-main:has(> .graphiql-horizontal-drag-bar) > .graphiql-sessions {
    display: none !important; /* while the documentation or the history is open */
  }
  .graphiql-container .graphiql-sessions { margin: 0; border-radius: 0; min-height: 0; }
  .graphiql-container .graphiql-session { flex-direction: column; min-height: 0; }
  .graphiql-container .graphiql-query-editor { flex-direction: column; padding: 8px; row-gap: 4px; }
  .graphiql-container .graphiql-editor-tools { padding: 0 8px; }
  .graphiql-container .graphiql-editor-tool { padding: 4px 16px; }
  .graphiql-container .graphiql-toolbar { display: flex; align-items: center; gap: 8px; width: auto; }
  .graphiql-container .graphiql-toolbar > * + * { margin-top: 0; }
  .graphiql-container .graphiql-horizontal-drag-bar { display: none; }
}
#api-key { max-width: min(26rem, 90vw); border: 0; border-radius: 12px; font: 15px sans-serif; }
#api-key::backdrop { background: #0008; }
#api-key input { width: 100%; box-sizing: border-box; padding: 8px; font: inherit; }
#api-key menu { display: flex; gap: 8px; justify-content: end; margin: 16px 0 0; padding: 0; }
#api-key button { padding: 8px 16px; font: inherit; }
`;

export interface PageParts {
  /** Path of the folder that the page's assets are under, without a slash at its end. */
  readonly assets: string;
  readonly styles: readonly string[];
  /** Scripts that the last one, a module, stands on. */
  readonly scripts: readonly string[];
  readonly tabs: readonly ReadyOperation[];
}

/** The playground's page: everything that it runs is a file, so that nothing inline need be allowed. */
export function renderPage({ assets, styles, scripts, tabs }: PageParts): string {
  const data = JSON.stringify(tabs).replaceAll("<", "\\u003c"); // so that it ends no script
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>GitHub change tracker</title>
    <link rel="icon" href="data:," />
    ${styles.map((name) => `<link rel="stylesheet" href="${assets}/${name}" />`).join("\n    ")}
    <style>${STYLE}</style>
    <script type="application/json" id="prepared-tabs">${data}</script>
    ${scripts.map((name) => `<script defer src="${assets}/${name}"></script>`).join("\n    ")}
    <script type="module" src="${assets}/start.js"></script>
  </head>
  <body>
    <div id="graphiql">Loading…</div>
    <dialog id="api-key" aria-label="API key">
      <form method="dialog">
        <p role="status"></p>
        <label>API key <input type="password" name="key" autocomplete="off" required /></label>
        <p>It is used by every tab, and kept in this browser until you forget it here.</p>
        <menu>
          <button value="use">Use</button>
          <button value="forget" formnovalidate>Forget</button>
          <button value="cancel" formnovalidate>Cancel</button>
        </menu>
      </form>
    </dialog>
  </body>
</html>
`;
}
