import type { Transaction } from "../../postgres/database.js";

export const WORDS_PROJECTION = "words";

/** Where a commit stands in the feed. */
export interface MessagePlace {
  readonly sequence: bigint;
  readonly position: number;
}

/** No commit of an event is behind it. */
export const POSITION_MAX = 32_767;
/** Characters: `wordsOf` looks at no more, and sees that there is more. */
export const LENGTH_MAX = 20_001;

export interface Message extends MessagePlace {
  readonly eventId: bigint;
  readonly repositoryId: number;
  readonly message: string;
}

/** The next messages in the order of the feed. */
export async function readMessages(
  tx: Transaction,
  { sequence, position }: MessagePlace,
  { upTo, limit }: { readonly upTo: bigint; readonly limit: number },
): Promise<Message[]> {
  return await tx.$queryRaw<Message[]>`
    select e.sequence, c.event_id as "eventId", c.repository_id as "repositoryId", c.position,
           left(c.message, ${LENGTH_MAX}) as message
      from (select id, sequence from feed_event
             where sequence >= ${sequence} and sequence <= ${upTo} order by sequence) as e
     cross join lateral (
       select * from commit c where c.event_id = e.id
          and (e.sequence > ${sequence} or c.position > ${position}) order by c.position) as c
     order by e.sequence, c.position limit ${limit}`;
}
