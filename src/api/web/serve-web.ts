import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import Negotiator from "negotiator";
import { type BuiltFile, FILE_ENCODINGS, readBuiltPage } from "./built-page.js";

const YEAR_SECONDS = 31_536_000;

/** Addresses that people share: each is answered with the page, which shows what it is the address of. */
export const PAGE_PATHS = [
  "/",
  "/repositories",
  "/repositories/:owner/:name",
  "/commits/:owner/:name/:oid",
  "/system",
] as const;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'", // what people wrote is text, whatever a script does with it
  "trusted-types 'none'",
].join("; ");

const NOT_BUILT = "The page is not built: npm run build. The API is at /graphql.\n";

/** The page at `/`, and all that belongs to it, from our own files. */
export function serveWeb(
  server: FastifyInstance,
  { hasPlayground }: { hasPlayground: boolean },
): void {
  const built = readBuiltPage();
  const page = built?.page.replace("data-playground", hasPlayground ? "$&" : "");
  for (const path of PAGE_PATHS) {
    server.get(path, async (_request, reply) => {
      if (page === undefined) return await reply.code(503).type("text/plain").send(NOT_BUILT);
      return await reply
        .type("text/html; charset=utf-8")
        .headers({
          "cache-control": "no-cache",
          "content-security-policy": POLICY,
          "cross-origin-opener-policy": "same-origin",
          "referrer-policy": "no-referrer", // an address may hold what others need not know
          "x-content-type-options": "nosniff",
        })
        .send(page);
    });
  }
  server.get<{ Params: { name: string } }>("/assets/:name", async (request, reply) => {
    const file = built?.assets.get(request.params.name);
    if (file === undefined) return reply.callNotFound();
    return await reply
      .header("cache-control", `public, max-age=${YEAR_SECONDS}, immutable`)
      .send(inEncoding(file, request, reply));
  });
}

/** The smallest form that the client takes; says on the reply which. */
function inEncoding(
  { type, bodies }: BuiltFile,
  { headers }: FastifyRequest,
  reply: FastifyReply,
): Buffer | undefined {
  const accepts = new Negotiator({ headers });
  const encoding =
    FILE_ENCODINGS.find((one) => bodies.has(one) && accepts.encoding([one]) === one) ?? "identity";
  if (encoding !== "identity") reply.header("content-encoding", encoding);
  reply.type(type).header("vary", "accept-encoding").header("x-content-type-options", "nosniff");
  return bodies.get(encoding);
}
