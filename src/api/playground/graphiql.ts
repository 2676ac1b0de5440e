import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { FastifyInstance, RouteHandlerMethod } from "fastify";
import { readyOperations } from "./operation-collection.js";

const PREFIX = "/graphql/assets";
const require = createRequire(import.meta.url);
const beside = (manifest: string, file: string) => join(dirname(manifest), file);

/** Served from our own dependencies: nothing is loaded from elsewhere. */
const ASSETS: readonly {
  readonly name: string;
  readonly type: string;
  readonly path: () => string;
}[] = [
  {
    name: "react.js",
    type: "text/javascript",
    path: () => beside(require.resolve("react/package.json"), "umd/react.production.min.js"),
  },
  {
    name: "react-dom.js",
    type: "text/javascript",
    path: () =>
      beside(require.resolve("react-dom/package.json"), "umd/react-dom.production.min.js"),
  },
  {
    name: "graphql-ws.js",
    type: "text/javascript",
    path: () => beside(require.resolve("graphql-ws/package.json"), "umd/graphql-ws.min.js"),
  },
  {
    name: "graphiql.js",
    type: "text/javascript",
    path: () => beside(require.resolve("graphiql/package.json"), "graphiql.min.js"),
  },
  {
    name: "graphiql.css",
    type: "text/css",
    path: () => beside(require.resolve("graphiql/package.json"), "graphiql.min.css"),
  },
];

const start = (repository: string) => `
  const url = new URL("/graphql", location.href);
  const socketUrl = Object.assign(new URL(url), { protocol: url.protocol.replace("http", "ws") });
  let headers = {}; // of the headers editor, over WebSocket as its connectionParams
  const wsClient = graphqlWs.createClient({
    url: socketUrl.href,
    lazy: true,
    connectionParams: () => headers,
  });
  const fetch = GraphiQL.createFetcher({ url: url.href, wsClient });
  const fetcher = (operation, options) => {
    headers = options?.headers ?? {};
    return fetch(operation, options);
  };
  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultTabs: ${JSON.stringify(readyOperations(repository))},
      shouldPersistHeaders: false,
    }),
  );
`;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>GitHub change tracker</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="${PREFIX}/graphiql.css" />
    <style>html, body, #graphiql { height: 100%; margin: 0; }</style>
  </head>
  <body>
    <div id="graphiql">Loading…</div>
    ${ASSETS.filter(({ type }) => type === "text/javascript")
      .map(({ name }) => `<script src="${PREFIX}/${name}"></script>`)
      .join("\n    ")}
    <script src="${PREFIX}/start.js"></script>
  </body>
</html>
`;

const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'", // its editor writes styles
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "frame-ancestors 'none'",
].join("; ");

/** What a browser is given that opens /graphql. Serves what belongs to it. */
export function serveGraphiql(
  server: FastifyInstance,
  exampleRepository: string,
): RouteHandlerMethod {
  server.get(`${PREFIX}/start.js`, async (_request, reply) =>
    reply.type("text/javascript").send(start(exampleRepository)),
  );
  for (const { name, type, path } of ASSETS) {
    server.get(`${PREFIX}/${name}`, async (_request, reply) =>
      reply
        .type(type)
        .header("cache-control", "max-age=3600")
        .send(await readFile(path())),
    );
  }
  return async (_request, reply) =>
    await reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", POLICY)
      .header("x-content-type-options", "nosniff")
      .send(PAGE);
}
