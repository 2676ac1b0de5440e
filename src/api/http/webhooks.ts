import { isUtf8 } from "node:buffer";
// biome-ignore lint/style/noRestrictedImports: GitHub asks us here; this spends none of its budget
import { Webhooks } from "@octokit/webhooks";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { z } from "zod";
import { createSeenDeliveries, type Delivery } from "./seen-deliveries.js";

export interface WebhookOptions {
  /** Shared with GitHub, which signs with it. */
  readonly secret: string;
  /** Something was pushed there. Whether that is tracked. */
  readonly ringRepository: (pushed: PushedRepository) => Promise<boolean>;
  readonly logger: Logger;
}

export interface PushedRepository {
  readonly nodeId: string;
  readonly databaseId: number;
  readonly owner: string;
  readonly name: string;
}

const PATH = "/webhooks/github";
/** A push of GitHub's most, 2,048 commits, at two thousand characters each. */
const BODY_BYTES_MAX = 4 * 1_024 * 1_024;
/** How long GitHub itself can deliver something again. */
const REDELIVERED_MS_MAX = 3 * 24 * 3_600_000;
const SIGNATURE = /^sha256=[\da-f]{64}$/;

/** All that is believed of a push: where it was. */
const pushSchema = z.object({
  repository: z.object({
    node_id: z.string().regex(/^[\w+/=-]{1,200}$/),
    id: z.int().positive(),
    full_name: z.string().regex(/^[\w.-]{1,200}\/[\w.-]{1,200}$/),
    /** In seconds, for a push; signed like all else, unlike the delivery's id. */
    pushed_at: z.number().optional().catch(undefined),
  }),
});

/**
 * GitHub's webhooks at POST /webhooks/github. A doorbell: a push names a repository to look at, and
 * what has landed there is only ever learnt by asking. So a delivery may be lost, repeated or late.
 * What was rung for is not rung for again, by its id or by its body, among the last few thousand of this
 * process; beside another process or after a restart once more each, and no push that is older than GitHub
 * itself delivers again. Each costs a check that may have been due anyway.
 * What is not signed with the secret gets 401, whatever is wrong with it. The answer does not wait
 * for the database or the broker; the server, when it closes, waits for what was rung.
 */
export async function serveWebhooks(
  server: FastifyInstance,
  { secret, ringRepository, logger }: WebhookOptions,
): Promise<void> {
  const webhooks = new Webhooks({ secret });
  const ringing = new Set<Promise<void>>();
  const seen = createSeenDeliveries();

  function ring(pushed: PushedRepository, delivery: Delivery): void {
    const rung = ringRepository(pushed)
      .then(
        (isTracked) => logger.debug({ delivery: delivery.id, isTracked }, "webhook passed on"),
        (err: unknown) => {
          seen.forget(delivery);
          logger.warn({ err, delivery: delivery.id }, "webhook lost, the schedule will find it");
        },
      )
      .finally(() => ringing.delete(rung));
    ringing.add(rung);
  }

  await server.register((scope, _options, loaded) => {
    // Signed are the bytes: nothing may read them before, and only here.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    scope.addHook("onClose", async () => {
      await Promise.all(ringing);
    });
    scope.route({
      method: "POST",
      url: PATH,
      bodyLimit: BODY_BYTES_MAX,
      onRequest: async (request, reply) => {
        if (!SIGNATURE.test(signatureOf(request))) return await reply.code(401).send(UNAUTHORIZED);
      },
      handler: async (request, reply) => {
        const { "x-github-event": event, "x-github-delivery": id } = request.headers;
        const signature = signatureOf(request);
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const text = body.toString("utf8");
        // Other bytes than UTF-8 would be signed as what they were read as.
        const isSigned = text !== "" && isUtf8(body) && (await webhooks.verify(text, signature));
        logger.debug({ event, delivery: id, isSigned }, "webhook");
        if (!isSigned) return await reply.code(401).send(UNAUTHORIZED);
        if (event === "ping") return { status: "ok" };
        if (event === "push") {
          const pushed = readPush(text);
          if (pushed === null) return await reply.code(400).send(UNREADABLE);
          if (isTooOld(pushed)) return await reply.code(202).send(TOO_OLD);
          if (!seen.isFirst({ id, signature })) return await reply.code(202).send(KNOWN);
          ring(pushed, { id, signature });
        }
        return await reply.code(202).send({ status: "accepted" });
      },
    });
    loaded();
  });
}

const UNAUTHORIZED = { status: "unauthorized" };
const KNOWN = { status: "known already" };
const TOO_OLD = { status: "too old" };
const UNREADABLE = { status: "not a push event as application/json" };

function signatureOf({ headers }: FastifyRequest): string {
  const signature = headers["x-hub-signature-256"];
  return typeof signature === "string" ? signature : "";
}

interface Push extends PushedRepository {
  /** Null: it does not say. */
  readonly pushedAtMs: number | null;
}

function isTooOld({ pushedAtMs }: Push): boolean {
  return pushedAtMs !== null && Date.now() - pushedAtMs > REDELIVERED_MS_MAX;
}

function readPush(text: string): Push | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const { success, data } = pushSchema.safeParse(json);
  if (!success) return null;
  const { node_id: nodeId, id: databaseId, full_name, pushed_at: pushedAt } = data.repository;
  const [owner = "", name = ""] = full_name.split("/");
  const pushedAtMs = pushedAt === undefined ? null : pushedAt * 1_000;
  return { nodeId, databaseId, owner, name, pushedAtMs };
}
