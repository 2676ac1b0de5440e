// Slack's incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
import { setTimeout as delay } from "node:timers/promises";

const ANSWER_MS_MAX = 10_000;
const RETRY_MS = { min: 1_000, max: 60_000 };
const COMMITS_SHOWN = 10;
const HEADLINE_LENGTH_MAX = 150;

/** Resolves when Slack has taken it, however long that takes; rejects when Slack refuses it for good. */
export async function post(webhookUrl, text) {
  for (let retryMs = RETRY_MS.min; ; retryMs = Math.min(2 * retryMs, RETRY_MS.max)) {
    const response = await fetch(webhookUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text, unfurl_links: false }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    }).catch(() => null); // not reached, or no answer
    if (response?.ok) return;
    const isPassing = response === null || response.status === 429 || response.status >= 500;
    if (!isPassing) throw new Error(`Slack: ${response.status} ${await response.text()}`);
    await response?.body?.cancel();
    const retryAfterSeconds = Number(response?.headers.get("retry-after"));
    await delay(retryAfterSeconds > 0 ? retryAfterSeconds * 1_000 : retryMs);
  }
}

/** The oldest first, as a conversation reads. */
export function messageOf({ repository, commits }) {
  const lines = commits
    .slice(0, COMMITS_SHOWN)
    .reverse()
    .map(({ abbreviatedOid, messageHeadline, url, author }) => {
      const headline = messageHeadline.slice(0, HEADLINE_LENGTH_MAX);
      return `<${url}|${abbreviatedOid}> ${plain(headline)} (${plain(author.name)})`;
    });
  const leftOut = commits.length - lines.length;
  if (leftOut > 0) lines.unshift(`… ${leftOut} more`);
  return [`*<${repository.url}|${plain(repository.nameWithOwner)}>*`, ...lines].join("\n");
}

/** Whatever people write, it is text to Slack: neither a mention nor a link. */
function plain(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
