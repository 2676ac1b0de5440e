import type { FastifyInstance, RouteHandlerMethod } from "fastify";
import Negotiator from "negotiator";
import { ASSET_ENCODINGS, type Assets, loadAssets, PAGE_SCRIPTS, PAGE_STYLES } from "./assets.js";
import { readyOperations } from "./operation-collection.js";
import { renderPage } from "./page.js";

const PREFIX = "/graphql/assets";
const YEAR_SECONDS = 31_536_000;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'", // its editor writes styles
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** What a browser is given that opens /graphql. Serves what belongs to it. */
export function serveGraphiql(
  server: FastifyInstance,
  exampleRepository: string,
): RouteHandlerMethod {
  let loading: Promise<Assets> | undefined;
  const assets = () => {
    loading ??= loadAssets();
    return loading;
  };
  serveAssets(server, assets);
  return async (_request, reply) => {
    const { digest } = await assets();
    const page = renderPage({
      assets: `${PREFIX}/${digest}`,
      styles: PAGE_STYLES,
      scripts: PAGE_SCRIPTS,
      tabs: readyOperations(exampleRepository),
    });
    return await reply
      .type("text/html; charset=utf-8")
      .header("cache-control", "no-cache")
      .header("content-security-policy", POLICY)
      .header("referrer-policy", "no-referrer") // a link may hold what others need not know
      .header("x-content-type-options", "nosniff")
      .send(page);
  };
}

/** Under their digest they may be kept for ever; under an older page's, the present ones are sent. */
function serveAssets(server: FastifyInstance, assets: () => Promise<Assets>): void {
  server.get<{ Params: { digest: string; name: string } }>(
    `${PREFIX}/:digest/:name`,
    async (request, reply) => {
      const { digest, byName } = await assets();
      const { params, headers } = request;
      const asset = byName.get(params.name);
      if (asset === undefined) return reply.callNotFound();
      const accepts = new Negotiator({ headers });
      const encoding = ASSET_ENCODINGS.find((one) => accepts.encoding([one]) === one) ?? "identity";
      if (encoding !== "identity") reply.header("content-encoding", encoding);
      const caching =
        params.digest === digest ? `public, max-age=${YEAR_SECONDS}, immutable` : "no-cache";
      return await reply
        .type(asset.type)
        .header("cache-control", caching)
        .header("vary", "accept-encoding")
        .header("x-content-type-options", "nosniff")
        .send(await asset.body(encoding));
    },
  );
}
