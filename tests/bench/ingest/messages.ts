import { readdirSync, readFileSync } from "node:fs";

const DECISIONS = new URL("../../../docs/decisions/", import.meta.url);
/** So that with its trailer a message has 613 characters on average, as those of git's own history have. */
const MEAN_LENGTH = 540;
const SPREAD = 0.8;

/** Messages of English prose, short and long, with the same trailers that real ones have. Always the same. */
export function realMessages(count: number): string[] {
  const texts = readdirSync(DECISIONS).map((name) =>
    readFileSync(new URL(name, DECISIONS), "utf8"),
  );
  const sentences = texts.flatMap((text) => text.split(/(?<=[.:;])\s+/)).filter(Boolean);
  const random = generator(613);
  return Array.from({ length: count }, (_, index) => {
    const length = Math.min(
      8_000,
      MEAN_LENGTH * Math.exp(SPREAD * normal(random) - SPREAD ** 2 / 2),
    );
    let body = "";
    while (body.length < length) {
      body += `${sentences[Math.floor(random() * sentences.length)]}${random() < 0.2 ? "\n\n" : " "}`;
    }
    const who = Math.floor(400 * random() ** 3);
    const hash = Math.floor(random() * 2 ** 40).toString(16);
    return `Change ${index}: ${body.slice(0, length).trim()}\n\nFixes: ${hash}\nSigned-off-by: Person ${who} <person${who}@example.org>`;
  });
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
