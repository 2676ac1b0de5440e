import { LRUCache } from "lru-cache";
import Negotiator from "negotiator";

const JSON_TYPE = "application/json; charset=utf-8";
const RESPONSE_TYPE = "application/graphql-response+json; charset=utf-8";
const STREAM_TYPE = "text/event-stream";
const PAGE_TYPE = "text/html";
const NAMES_STREAM = /text\/(?:event-stream|\*)/i;

const HEADERS_MAX = 100;
/** Longer ones than clients send are not kept. */
const HEADER_CHARS_MAX = 200;

/** As what a client takes an answer. https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1 */
export interface Acceptable {
  /** The type of JSON that it likes best; null: none. */
  readonly json: string | null;
  readonly isStream: boolean;
  /** Likes a page best, as browsers do for what people open. */
  readonly isPage: boolean;
}

const known = new LRUCache<string, Acceptable>({ max: HEADERS_MAX });

/** Of an `accept` header; without one everything is as good. */
export function acceptable(accept: string | undefined): Acceptable {
  const header = accept === undefined || accept === "" ? "*/*" : accept;
  const found = known.get(header) ?? negotiate(header);
  if (header.length <= HEADER_CHARS_MAX) known.set(header, found);
  return found;
}

function negotiate(accept: string): Acceptable {
  const negotiator = new Negotiator({ headers: { accept } });
  return {
    json: negotiator.mediaType([JSON_TYPE, RESPONSE_TYPE]) ?? null,
    // Who takes anything has not asked for one.
    isStream: NAMES_STREAM.test(accept) && negotiator.mediaType([STREAM_TYPE]) !== undefined,
    isPage: negotiator.mediaType([JSON_TYPE, RESPONSE_TYPE, STREAM_TYPE, PAGE_TYPE]) === PAGE_TYPE,
  };
}

/** Whether an answer in this type tells by its status what became of the operation. */
export function tellsByStatus(mediaType: string | null): boolean {
  return mediaType === RESPONSE_TYPE;
}
