// Prints every new commit once and in order, over lost connections and restarts too.
import { readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const { TRACKER_URL = "http://127.0.0.1:4000", TRACKER_API_KEY } = process.env;
const { CURSOR_FILE = "cursor.txt" } = process.env;
const PONG_MS_MAX = 3_000;

const url = new URL("/graphql", TRACKER_URL);
url.protocol = url.protocol.replace("http", "ws");

let pongTimer;
const client = createClient({
  url: url.href,
  webSocketImpl: WebSocket, // Node.js 22 and newer have their own
  connectionParams: TRACKER_API_KEY ? { authorization: `Bearer ${TRACKER_API_KEY}` } : {},
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: ({ code }) => code !== 4403, // also while nothing answers; not with a refused key
  retryWait: () => delay(500 + 1_000 * Math.random()), // not all at once after a restart
  keepAlive: 4_000,
  on: {
    // A connection that is silent leads nowhere, whatever it says.
    ping: (isReceived) => {
      if (!isReceived) pongTimer = setTimeout(() => client.terminate(), PONG_MS_MAX);
    },
    pong: (isReceived) => {
      if (isReceived) clearTimeout(pongTimer);
    },
    closed: ({ code, reason }) => {
      clearTimeout(pongTimer);
      if (code !== 1000) console.error(`not connected (${reason || code}), trying again`);
    },
  },
});

async function* results(payload) {
  for await (const { data, errors } of client.iterate(payload)) {
    if (errors !== undefined) throw errors;
    yield data;
  }
}

/** The cursor that was kept, or the feed's end: whoever has neither would miss what lands before the first event. */
async function readCursor() {
  try {
    return (await readFile(CURSOR_FILE, "utf8")).trim();
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  for await (const { feed } of results({ query: "{ feed { sequence } }" })) {
    await keepCursor(feed.sequence);
    return feed.sequence;
  }
}

/** Whole or not at all, also when the process is killed. */
async function keepCursor(cursor) {
  await writeFile(`${CURSOR_FILE}.new`, cursor);
  await rename(`${CURSOR_FILE}.new`, CURSOR_FILE);
}

async function follow() {
  const query = `subscription ($after: String) {
    commitsIngested(after: $after, kinds: [LIVE], bookmarks: true) {
      cursor sequence
      repository { nameWithOwner }
      commits { abbreviatedOid messageHeadline author { name } }
    }
  }`;
  const variables = { after: await readCursor() }; // sent anew with every connection
  let lastSequence = -1n;
  for await (const { commitsIngested: event } of results({ query, variables })) {
    // What had arrived before a connection was lost, and was not dealt with yet, comes again.
    if (BigInt(event.sequence) <= lastSequence) continue;
    for (const { abbreviatedOid, messageHeadline, author } of event.commits.toReversed()) {
      console.log(
        `${event.repository.nameWithOwner} ${abbreviatedOid} ${messageHeadline} (${author.name})`,
      );
    }
    lastSequence = BigInt(event.sequence);
    variables.after = event.cursor;
    await keepCursor(event.cursor);
  }
}

follow().catch((failure) => {
  const reasons = Array.isArray(failure) ? failure : [failure];
  for (const { message, reason } of reasons) console.error(reason || message);
  process.exit(1);
});
