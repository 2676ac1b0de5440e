import { once } from "node:events";
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { INGEST_KINDS, type IngestKind } from "../../domain/feed-event.js";
import { describeEvent } from "../terminal/feed-event-text.js";
import { safeLine } from "../terminal/terminal-text.js";
import type { Tools } from "../tools.js";

const FEED = "{ feed { sequence } }";

export function watchCommand({ server, output, interrupt }: Tools) {
  return new Command("watch")
    .description(
      "Shows commits as they are stored; Ctrl-C ends it and tells the cursor to come back with.",
    )
    .argument("[repository...]", "owner/name, or ids; absent: all")
    .option("--after <cursor>", "first what happened since; 0: all there was")
    .addOption(
      new Option("--kind <kind>", "absent: both")
        .choices(INGEST_KINDS.map((kind) => kind.toLowerCase()))
        .argParser(parseKind),
    )
    .action(async (repositories, { after, kind }) => {
      const signal = interrupt();
      const { address, ask } = server();
      const { followFeed } = await import("../client/feed.js"); // WebSockets, which no other command needs
      // Before the first event there must be a place to come back to; and it shows at once whether
      // there is a server that takes our key.
      const { feed } = await ask<{ feed: { sequence: string } }>(FEED);
      const start = after ?? feed.sequence;
      let cursor = start;
      await output.note(`Watching what comes after ${cursor}; Ctrl-C ends it.`);
      const showAll = async () => {
        const events = followFeed(address, {
          after: cursor,
          ...(repositories.length > 0 && { repositories }),
          ...(kind && { kinds: [kind] }),
          onLost: ({ message }) => output.note(`${safeLine(message)} Coming back after ${cursor}.`),
        });
        for await (const event of events) {
          if (signal.aborted) return;
          const taken = output.print(event, () => describeEvent(event, output.paint));
          cursor = event.cursor; // it is out now, whenever the reader takes it
          await taken;
        }
      };
      const kindOption = kind === undefined ? [] : [`--kind ${kind.toLowerCase()}`];
      const tellCursor = () => {
        const options = [...repositories, ...kindOption, `--after ${cursor}`].join(" ");
        return output.tell({ cursor }, () => `\nCome back with: tracker watch ${options}`);
      };
      try {
        await Promise.race([showAll(), once(signal, "abort")]);
      } catch (error) {
        if (cursor !== start) await tellCursor();
        throw error;
      }
      await tellCursor();
    });
}

function parseKind(text: string): IngestKind {
  const kind = INGEST_KINDS.find((name) => name === text.toUpperCase());
  if (kind !== undefined) return kind;
  throw new InvalidArgumentError("There are live and backfill.");
}
