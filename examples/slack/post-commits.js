// Posts new commits to a channel of Slack, a message for each push, over lost connections and restarts.
import { readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { commitEvents, feedEnd, Refusal } from "./commit-events.js";
import { messageOf, post } from "./slack.js";

const { TRACKER_URL = "http://127.0.0.1:4000", TRACKER_API_KEY, SLACK_WEBHOOK_URL } = process.env;
const { CURSOR_FILE = "cursor.txt" } = process.env;
const tracker = { url: TRACKER_URL, key: TRACKER_API_KEY };

/** Null before the first start. */
async function keptCursor() {
  try {
    return (await readFile(CURSOR_FILE, "utf8")).trim();
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/** Whole or not at all, also when the process is killed. */
async function keepCursor(cursor) {
  await writeFile(`${CURSOR_FILE}.new`, cursor);
  await rename(`${CURSOR_FILE}.new`, CURSOR_FILE);
}

/** One connection: whoever has no cursor begins with what lands from now on. */
async function postNewCommits() {
  let cursor = await keptCursor();
  if (cursor === null) {
    cursor = await feedEnd(tracker);
    await keepCursor(cursor);
  }
  for await (const event of commitEvents(tracker, cursor)) {
    if (event.commits.length > 0) {
      await post(SLACK_WEBHOOK_URL, messageOf(event)).catch(({ message }) => {
        throw new Refusal(message);
      });
    }
    await keepCursor(event.cursor); // Slack has it
  }
}

if (!SLACK_WEBHOOK_URL) {
  console.error("Set SLACK_WEBHOOK_URL to an incoming webhook of Slack.");
  process.exit(2);
}
for (;;) {
  try {
    await postNewCommits();
  } catch (error) {
    console.error(error.cause?.code ?? error.message); // of a fetch that failed, the network's word for it
    if (error instanceof Refusal) process.exit(1);
  }
  await delay(500 + 1_000 * Math.random()); // not all at once after a restart
}
