import type { RepositoryScope } from "../../domain/repository-scope.js";
import { Prisma } from "../../postgres/prisma-client/client.js";

/**
 * The ids of what a scope shows, by the names that repositories have in the statement's own snapshot;
 * removed ones by their last, since the feed's old events point to them. An index read of these owners'
 * repositories.
 */
export function visibleIds({ owners, names }: RepositoryScope): Prisma.Sql {
  const ownersOfNames = [...names].map((name) => name.slice(0, name.indexOf("/")));
  const asked = [...new Set([...owners, ...ownersOfNames])];
  return Prisma.sql`
    select id from repository
     where owner_key = any(${asked}::text[])
       and (owner_key = any(${[...owners]}::text[])
            or lower((owner || '/' || name) collate "C") = any(${[...names]}::text[]))`;
}
