// The tracker's events from a cursor on, by server-sent events: no library, and nothing is read while nobody takes it.
const SUBSCRIPTION = `subscription ($after: String) {
  commitsIngested(after: $after, kinds: [LIVE], bookmarks: true) {
    cursor
    repository { nameWithOwner url }
    commits { abbreviatedOid messageHeadline url author { name } }
  }
}`;
const SILENT_MS_MAX = 30_000; // a tracker says something every 12 seconds
/** What asking again does not change. */
const REFUSALS = ["BAD_USER_INPUT", "CURSOR_EXPIRED", "FORBIDDEN", "UNAUTHENTICATED"];

/** The tracker refuses: nothing comes of trying again. */
export class Refusal extends Error {}

/** Where the feed ends now. */
export async function feedEnd(tracker) {
  const response = await ask(tracker, { query: "{ feed { sequence } }" });
  return read(await response.json()).feed.sequence;
}

/** Rejects when the connection is lost: go on after the cursor of the last event that was dealt with. */
export async function* commitEvents(tracker, after) {
  const silence = new AbortController();
  const answer = { accept: "text/event-stream", signal: silence.signal };
  const response = await ask(tracker, { query: SUBSCRIPTION, variables: { after } }, answer);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const timer = setTimeout(() => silence.abort(new Error("it is silent")), SILENT_MS_MAX);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) throw new Error("the tracker has ended the stream");
      const blocks = `${text}${value}`.split("\n\n");
      text = blocks.pop(); // not whole yet
      for (const block of blocks) {
        const data = /^event: next\ndata: (.*)$/.exec(block)?.[1];
        if (data !== undefined) yield read(JSON.parse(data)).commitsIngested;
      }
    }
  } finally {
    silence.abort();
  }
}

async function ask({ url, key }, operation, { accept = "application/json", signal } = {}) {
  const response = await fetch(new URL("/graphql", url), {
    method: "POST",
    headers: {
      ...{ "content-type": "application/json", accept },
      ...(key && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(operation),
    signal: signal ?? AbortSignal.timeout(SILENT_MS_MAX),
  });
  if (response.status === 401 || response.status === 403) {
    throw new Refusal(`the tracker answers ${response.status}: TRACKER_API_KEY`);
  }
  if (!response.ok) throw new Error(`the tracker answers ${response.status}`);
  return response;
}

function read({ data, errors }) {
  const [error] = errors ?? [];
  if (error === undefined) return data;
  const { code } = error.extensions ?? {};
  throw REFUSALS.includes(code) ? new Refusal(error.message) : new Error(error.message);
}
