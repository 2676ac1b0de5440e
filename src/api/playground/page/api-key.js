/**
 * The API key: asked for once for every tab, when the server first wants one, and kept by this
 * browser until it is changed or forgotten.
 */

const KEPT_AS = "tracker:api-key"; // beside what GraphiQL keeps, so that clearing that leaves it
const dialog = document.querySelector("#api-key");
const field = dialog.querySelector("input");
const forget = dialog.querySelector("[value=forget]");
const listeners = new Set();
let asking = null;
let isDeclined = false;

const keptKey = () => localStorage.getItem(KEPT_AS);
const headersOf = (key) => (key === null ? {} : { authorization: `Bearer ${key}` });

/** What goes with each operation, over HTTP and as a WebSocket's `connectionParams`. */
export const keyHeaders = () => headersOf(keptKey());

/** Calls `listener` each time that there is another key, or none any more. */
export const onKeyChange = (listener) => listeners.add(listener);

/** Opens the dialog, once for all who ask meanwhile. Resolves with whether there is another key to try. */
export function askForKey(why) {
  asking ??= answerTo(why).finally(() => {
    asking = null;
  });
  return asking;
}

/**
 * A fetch with the key. Where the server wants one, or another one, it is asked for first; not again
 * after a no, unless it `isPressed` for.
 */
export async function fetchWithKey(url, init, isPressed) {
  for (;;) {
    const used = keptKey();
    const response = await fetch(url, {
      ...init,
      headers: { ...init.headers, ...headersOf(used) },
    });
    if (response.status !== 401) return response;
    if (used !== keptKey()) continue; // entered meanwhile
    const why = used === null ? "This tracker needs an API key." : "This API key is not taken.";
    if ((isDeclined && !isPressed) || !(await askForKey(why))) return response;
  }
}

async function answerTo(why) {
  const before = keptKey();
  dialog.querySelector("[role=status]").textContent = why;
  dialog.returnValue = "";
  field.value = "";
  forget.hidden = before === null;
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  const given = field.value.trim().replace(/^Bearer +/i, "");
  field.value = "";
  if (dialog.returnValue === "forget") localStorage.removeItem(KEPT_AS);
  if (dialog.returnValue === "use" && given !== "") localStorage.setItem(KEPT_AS, given);
  const after = keptKey();
  isDeclined = after === before;
  if (isDeclined) return false;
  for (const listener of listeners) listener();
  return after !== null;
}
