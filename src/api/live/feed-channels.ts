import {
  type DocumentNode,
  type ExecutionArgs,
  getOperationAST,
  Kind,
  print,
  visit,
} from "graphql";
import type { FeedEvent } from "../../domain/feed-event.js";
import type { FeedFilter } from "../../domain/feed-filter.js";
import type { FeedReader } from "../../fanout/feed-reader.js";
import type { Execute } from "../execution/compiled-execution.js";
import { FeedChannel } from "./feed-channel.js";

export interface FeedChannels {
  /** The channel of everybody who asked the same; `release` when its subscriber has left. */
  join(args: ExecutionArgs, filter: FeedFilter): { channel: FeedChannel; release: () => void };
}

export function createFeedChannels({
  reader,
  execute,
  onDelivered,
}: {
  reader: FeedReader;
  execute: Execute;
  onDelivered: (count: number) => void;
}): FeedChannels {
  const channels = new Map<string, { channel: FeedChannel; subscriberCount: number }>();

  function open(key: string, args: ExecutionArgs, filter: FeedFilter) {
    const render = (event: FeedEvent) => renderEvent(execute, { ...args, rootValue: event });
    const opened = {
      channel: new FeedChannel({ reader, filter, render, onDelivered }),
      subscriberCount: 0,
    };
    channels.set(key, opened);
    return opened;
  }

  return {
    join(args, filter) {
      const key = keyOf(args, filter);
      const joined = channels.get(key) ?? open(key, args, filter);
      joined.subscriberCount += 1;
      let isJoined = true;
      const release = () => {
        if (!isJoined) return;
        isJoined = false;
        joined.subscriberCount -= 1;
        if (joined.subscriberCount > 0) return;
        channels.delete(key);
        joined.channel.close();
      };
      return { channel: joined.channel, release };
    },
  };
}

/** All of a `next` message but the operation's id, which stands before it. */
async function renderEvent(execute: Execute, args: ExecutionArgs): Promise<Buffer> {
  const { data, errors } = await execute(args);
  const [fault] = errors ?? [];
  if (fault !== undefined) throw fault;
  return Buffer.from(`"type":"next","payload":${JSON.stringify({ data })}}`);
}

/** The beginning of every message to one operation. */
export function prefixOf(operationId: string): Buffer {
  return Buffer.from(`{"id":${JSON.stringify(operationId)},`);
}

/**
 * Alike for subscribers that are told the same. The root field's own arguments count by what they
 * come to, the filter: `after` is each subscriber's own.
 */
function keyOf({ document, operationName, variableValues }: ExecutionArgs, filter: FeedFilter) {
  const used = variablesBelowRoot(document, operationName);
  const values = Object.entries(variableValues ?? {}).filter(([name]) => used.has(name));
  const { repositoryIds, kinds, author } = filter;
  return JSON.stringify([
    print(document),
    operationName ?? null,
    values.sort(([one], [other]) => (one < other ? -1 : 1)),
    repositoryIds && [...repositoryIds].sort((one, other) => one - other),
    kinds && [...kinds].sort(),
    author,
  ]);
}

function variablesBelowRoot(
  document: DocumentNode,
  operationName: string | null | undefined,
): ReadonlySet<string> {
  const used = new Set<string>();
  const operation = getOperationAST(document, operationName);
  visit(document, {
    VariableDefinition: () => false,
    // Skipped only where it is plainly the root field's: below, and in fragments, all count.
    Argument: (_node, _key, _parent, path) => (isOfRootField(path) ? false : undefined),
    Variable({ name }) {
      used.add(name.value);
    },
  });
  return used;

  function isOfRootField(path: readonly (string | number)[]): boolean {
    const [definitions, index, ...rest] = path;
    if (definitions !== "definitions" || typeof index !== "number") return false;
    if (document.definitions[index] !== operation) return false;
    const [selectionSet, selections, place, last] = rest;
    return (
      operation?.kind === Kind.OPERATION_DEFINITION &&
      selectionSet === "selectionSet" &&
      selections === "selections" &&
      typeof place === "number" &&
      last === "arguments"
    );
  }
}
