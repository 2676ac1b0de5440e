import type { ExecutionArgs } from "graphql";
import { LRUCache } from "lru-cache";
import type { Execute } from "../execution/compiled-execution.js";

/** Payloads kept; those who are together need the last few, whoever is behind has its own made. */
const PAYLOADS_MAX = 64;

/** The payload of a value for all who ask the same. Rejects with the first error of one not told whole. */
export type Render = (value: object) => Promise<Buffer>;

/** Executes an operation once for each value, and serialises the result once. */
export function createRender(execute: Execute, args: ExecutionArgs): Render {
  const payloads = new LRUCache<object, Promise<Buffer>>({ max: PAYLOADS_MAX });
  return (value) => {
    const known = payloads.get(value);
    if (known !== undefined) return known;
    const payload = payloadOf(execute, { ...args, rootValue: value });
    payloads.set(value, payload);
    payload.catch(() => payloads.delete(value)); // the next may find the database there again
    return payload;
  };
}

async function payloadOf(execute: Execute, args: ExecutionArgs): Promise<Buffer> {
  const { data, errors } = await execute(args);
  const [fault] = errors ?? [];
  if (fault !== undefined) throw fault; // the next value would hide the loss
  return Buffer.from(JSON.stringify({ data }));
}
