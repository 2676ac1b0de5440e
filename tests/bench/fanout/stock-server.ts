/** The peer: the same feed and schema behind `graphql-ws` as its documentation sets it up. */
import { setMaxListeners } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { useServer } from "graphql-ws/use/ws";
import { pino } from "pino";
import { WebSocketServer } from "ws";
import type { ApiDependencies } from "../../../src/api/dependencies.js";
import { createFeedContext } from "../../../src/api/schema/feed/feed.resolver.js";
import { createSchema } from "../../../src/api/schema/schema.js";
import { startFeedReader } from "../../../src/fanout/feed-reader.js";
import { openRabbitmqFanout } from "../../../src/fanout/rabbitmq-fanout.js";
import { openDatabase } from "../../../src/postgres/database.js";
import { openRabbitmqConnection } from "../../../src/rabbitmq/connection.js";
import { readEvents, readFeedStatus } from "../../../src/store/feed/feed-store.js";
import { createMetrics } from "../../../src/telemetry/metrics/metrics.js";

const { DATABASE_URL = "", RABBITMQ_URL = "" } = process.env;
const logger = pino({ level: "warn" });
const { signal } = new AbortController();
setMaxListeners(0, signal); // one for each subscriber
const database = openDatabase({ url: DATABASE_URL, connectionsMax: 12 });
const connection = await openRabbitmqConnection({ url: RABBITMQ_URL, logger, signal });
const fanout = await openRabbitmqFanout({ connection, logger });
const latestSequence = async () => (await readFeedStatus(database)).sequence;
const reader = await startFeedReader({
  ...{ fanout, latestSequence, logger },
  readEvents: (after, limit, filter) => readEvents(database, after, limit, filter),
});
// Nothing else of the API is asked here.
const api = {
  scope: null,
  database,
  reader,
  latestSequence,
  logger,
  metrics: createMetrics(),
  watch: () => () => {},
} as unknown as ApiDependencies;
const apis = { of: () => ({ api, resolvers: new Map() }) };
const schema = await createSchema(apis);
const server = createServer();
const sockets = new WebSocketServer({ server, path: "/graphql", perMessageDeflate: false });
const context = createFeedContext(apis, signal);
const caller = { keyId: null, role: "READER", scope: null };
// biome-ignore lint/correctness/useHookAtTopLevel: no hook of React's
useServer({ schema, context: { ...context, caller } }, sockets);
process.on("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
