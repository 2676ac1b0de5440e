// `npm start` of this folder, as a newcomer meets it: the playground, a query, a commit that lands, and its end.
import { spawn } from "node:child_process";
import { once } from "node:events";

const READY_MS_MAX = 300_000;
const EVENT_MS_MAX = 60_000;

const tracker = spawn("npm", ["start"], {
  env: { ...process.env, PORT: "0" },
  stdio: ["ignore", "pipe", "inherit"],
  detached: true, // it and what npm starts get its signal together
});
const ended = once(tracker, "exit");
const end = (signal) => process.kill(-(tracker.pid ?? 0), signal);

async function listening() {
  let output = "";
  for await (const chunk of tracker.stdout) {
    output += chunk;
    const [, url] = /"url":"(http:[^"]+)".*"msg":"listening"/.exec(output) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`it ended before it listened:\n${output}`);
}

async function within(ms, what, promise) {
  const timer = AbortSignal.timeout(ms);
  const late = once(timer, "abort").then(() => {
    throw new Error(`no ${what} within ${ms / 1_000} s`);
  });
  return await Promise.race([promise, late]);
}

async function firstEvent(url) {
  const query = 'subscription { commitsIngested(after: "0") { cursor commits { oid } } }';
  const answer = await fetch(`${url}/graphql?query=${encodeURIComponent(query)}`, {
    headers: { accept: "text/event-stream" },
  });
  let text = "";
  for await (const chunk of answer.body) {
    text += Buffer.from(chunk);
    if (/"oid":"[0-9a-f]{40}"/.test(text)) return;
  }
  throw new Error(`the event stream ended: ${text}`);
}

function expect(isTrue, what) {
  if (!isTrue) throw new Error(what);
}

try {
  const url = await within(READY_MS_MAX, "server", listening());
  tracker.stdout.resume();
  const page = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
  expect(page.ok && (await page.text()).includes("graphiql"), "no playground");
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "{ feed { sequence } }" }),
  });
  expect((await answer.json()).data?.feed !== undefined, "no answer to a query");
  await within(EVENT_MS_MAX, "event", firstEvent(url));
  end("SIGTERM");
  await within(20_000, "end", ended);
  process.stdout.write(`Node.js ${process.version}: built, started, asked, followed, stopped\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  end("SIGKILL");
  process.exit(1);
}
