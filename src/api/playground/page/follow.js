import { askForKey, keyHeaders, onKeyChange } from "./api-key.js";

const SHOWN_MAX = 20;
const DRAWN_EVERY_MS = 200; // a replay brings thousands of events a second
const KEY_NEEDED = 4401;
const KEY_REFUSED = 4403;

const client = globalThis.graphqlWs.createClient({
  url: new URL("/graphql", location.href.replace(/^http/, "ws")).href,
  connectionParams: keyHeaders,
  retryAttempts: Number.POSITIVE_INFINITY,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 1_000 + 2_000 * Math.random())),
  // Also while nothing answers: a server may be restarted.
  shouldRetry: ({ code }) => code !== KEY_REFUSED,
});
onKeyChange(() => client.terminate()); // what is subscribed to comes back with the other key

/** The events of a subscription, as GraphiQL takes them: the latest of them at each time, newest first. */
export function follow(operation) {
  return {
    subscribe(view) {
      const latest = [];
      let events = 0;
      let timer;
      let stop;
      const draw = (rest) => {
        clearTimeout(timer);
        timer = undefined;
        view.next({ ...rest, events, latest });
      };
      const end = (rest) => {
        draw(rest);
        view.complete();
      };
      const begin = () => {
        stop = client.subscribe(operation, {
          next(event) {
            events += 1;
            comeBackAfter(operation, event);
            latest.unshift(event);
            if (latest.length > SHOWN_MAX) latest.pop();
            timer ??= setTimeout(draw, events === 1 ? 0 : DRAWN_EVERY_MS);
          },
          async error(failure) {
            const isForKey = failure.code === KEY_NEEDED || failure.code === KEY_REFUSED;
            if (isForKey && (await askForKey(failure.reason))) begin();
            else end({ errors: errorsOf(failure) });
          },
          complete: () => end({ ended: true }),
        });
      };
      begin();
      return {
        unsubscribe() {
          clearTimeout(timer);
          stop();
        },
      };
    },
  };
}

/** Of the feed nothing is missed while the connection is away: it goes on from the last cursor. */
function comeBackAfter(operation, { data }) {
  const cursor = data?.commitsIngested?.cursor;
  if (cursor !== undefined) operation.variables = { ...operation.variables, after: cursor };
}

function errorsOf(failure) {
  if (Array.isArray(failure)) return failure;
  const { code, reason, message } = failure;
  return [{ message: code === undefined ? message : `Connection closed: ${code} ${reason}` }];
}
