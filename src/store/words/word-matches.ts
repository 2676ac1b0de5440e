import { Prisma } from "../../postgres/prisma-client/client.js";

/** Whether a posting has a place. */
const has = (posting: string, place: Prisma.Sql) => {
  const own = Prisma.raw(posting);
  return Prisma.sql`coalesce(${place} = any(${own}.places), get_bit(${own}.bits, ${place}) = 1)`;
};

/** Of rows `p` with `places` or else `bits`, each place by itself. */
const EACH_PLACE = Prisma.sql`(
  select unnest(p.places)::int as place
   union all
  select place from generate_series(0, octet_length(p.bits) * 8 - 1) as place
   where get_bit(p.bits, place) = 1)`;

/** Of a segment, the postings of those of these words that it has: `places`, or else `bits`. */
function postings(segment: Prisma.Sql, words: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    select case when p.bits is null
             then p.places[coalesce(p.ends[p.number - 1], 0) + 1 : p.ends[p.number]] end as places,
           p.bits
      from unnest(${words}) as sought(word)
     cross join lateral (
       select w.ends, w.places, w.bits, array_position(w.words, sought.word) as number
         from word_posting w where w.segment = ${segment} and w.last_word >= sought.word
        order by w.last_word limit 1) as p
     where p.number is not null`;
}

/**
 * Rows of `segment` and `place` where all of these words stand, of what is filled: a look into each
 * segment for each word, then through the places of the rarest. What shows some repositories alone has
 * the places of their commits, from the segments that have any.
 */
export function wordPlaces(
  words: Prisma.Sql,
  { isLimited, isOne }: { isLimited: boolean; isOne: boolean },
): Prisma.Sql {
  if (isOne && !isLimited) {
    // Most searches: nothing to compare.
    return Prisma.sql`
      select s.id as segment, listed.place
        from word_segment s
       cross join lateral (${postings(Prisma.sql`s.id`, words)}) as p
       cross join lateral ${EACH_PLACE} as listed`;
  }
  const shownIds = Prisma.sql`(select id from repository)`;
  const isSeen = Prisma.sql`
    s.id in (select segment from word_event where repository_id in ${shownIds})`;
  const isShown = Prisma.sql`
    (select v.repository_id in ${shownIds} from word_event v
      where v.segment = s.id and v.start <= listed.place order by v.start desc limit 1)`;
  return Prisma.sql`
    select s.id as segment, found.place
      from (select ${words} as words) as all_sought
     cross join word_segment s
     cross join lateral (
       with own as materialized (${postings(Prisma.sql`s.id`, Prisma.sql`all_sought.words`)}),
       rarest as (
         select places, bits from own
          where (select count(*) from own) = cardinality(all_sought.words)
          order by coalesce(cardinality(places), bit_count(bits)) limit 1)
       select listed.place
         from rarest as p cross join lateral ${EACH_PLACE} as listed
        where (select bool_and(${has("own", Prisma.sql`listed.place`)}) from own)
          and ${isLimited ? isShown : Prisma.sql`true`}) as found
     where ${isLimited ? isSeen : Prisma.sql`true`}`;
}

/** Of rows of `segment` and `place`, the commits' keys: `event_id` and `position`. */
export function commitsAt(places: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    select v.event_id, at.place - v.start as position
      from (${places}) as at
     cross join lateral (
       select event_id, start from word_event v
        where v.segment = at.segment and v.start <= at.place order by v.start desc limit 1) as v`;
}

/** Whether all of these words stand in a row `c` of `commit`, as far as it is filled. */
export function standIn(words: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(
    select count(*) = cardinality(${words})
      from word_event v
     cross join lateral (${postings(Prisma.sql`v.segment`, words)}) as w
     where v.event_id = c.event_id and ${has("w", Prisma.sql`v.start + c.position`)})`;
}
