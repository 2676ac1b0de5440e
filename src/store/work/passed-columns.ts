import { ATTEMPTS_RESTING } from "../../domain/untold.js";
import { Prisma } from "../../postgres/prisma-client/client.js";

/** Of a row `r` of `repository`: what GitHub does not tell, in both of the ways that it is asked. */
export const UNTOLD_OIDS = Prisma.sql`
  array(select encode(p.oid, 'hex') from passed_commit p
         where p.repository_id = r.id and p.state = 'UNTOLD' and p.attempts >= ${ATTEMPTS_RESTING}::int
         order by p.oid limit 100)`;

/** In words, what GitHub does not tell of the history of `r`; null where it tells all. */
export const UNTOLD_IN_WORDS = Prisma.sql`
  (select case count(*) when 1 then '' else count(*) || ' commits of this history are missing; of one: ' end
          || min(error)
     from passed_commit p
    where p.repository_id = r.id and p.state = 'UNTOLD' and p.attempts >= ${ATTEMPTS_RESTING}::int
   having count(*) > 0)`;

/** Of `r`, all that it does not tell, however often it was asked; a `Walk`'s. */
export const UNTOLD_COLUMN = Prisma.sql`
  coalesce((
    select json_agg(json_build_object(
             'oid', encode(p.oid, 'hex'), 'attempts', p.attempts, 'isDue', coalesce(p.retry_at <= now(), true)))
      from passed_commit p where p.repository_id = r.id and p.state = 'UNTOLD'), '[]')`;

/** Of a walk, what it has to know of all this; of a row `r` of `repository`. */
export const PASSED_COLUMNS = Prisma.sql`
  r.is_start_found as "isStartFound",
  case when r.track_from is null then 0
       else (select count(*)::int from passed_commit p
              where p.repository_id = r.id and p.state = 'UNDECIDED' and p.is_seen)
   end as "undecidedCount",
  r.track_from is not null
    and exists (select from passed_commit p where p.repository_id = r.id and p.state = 'ADMITTED')
    as "hasAdmitted",
  ${UNTOLD_COLUMN} as untold,
  case when not exists (select from passed_commit p where p.repository_id = r.id)
       then array(select encode(oid, 'hex') from unnest(r.frontier) with ordinality f(oid, place)
                   order by place)
       else array(select encode(oid, 'hex') from unnest(r.frontier) with ordinality f(oid, place)
                   where not exists (select from passed_commit p
                          where p.repository_id = r.id and p.oid = f.oid
                            and p.state <> 'BEYOND' and (p.is_seen or p.attempts > 0))
                   order by place)
         || array(select encode(p.oid, 'hex') from passed_commit p
                   where p.repository_id = r.id and p.state = 'UNDECIDED' and not p.is_seen
                     and p.oid <> all(r.frontier)
                   order by p.depth, p.oid)
   end as wanted`;
