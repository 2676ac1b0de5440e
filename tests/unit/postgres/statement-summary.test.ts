import { expect, it } from "vitest";
import { statementSummary } from "../../../src/postgres/statement-summary.js";

it.each([
  ["select id from repository r where id = $1 for update of r", "SELECT repository FOR UPDATE"],
  ['SELECT "public"."repository"."id" FROM "public"."repository" WHERE 1=1', "SELECT repository"],
  [
    "insert into work (id) values ($1) on conflict (id) do update set due_at = now()",
    "INSERT work",
  ],
  ["delete from commit where true", "DELETE commit"],
  [
    "select r.id, exists (select from history_count h where h.id = (1)) from repository r where id = $1",
    "SELECT repository",
  ],
  ["BEGIN", "BEGIN"],
  ["select set_config($1, $2, true)", "SELECT"],
  [
    "select extract(epoch from now() - c.at), a is distinct from b from unnest($1) u join commit c on true",
    "SELECT commit",
  ],
  [
    `with known as materialized (select id from work order by due_at limit 1 for update skip locked),
          due as (select id from known)
     update work w set claimed_until = now() from due where w.id = due.id`,
    "UPDATE work",
  ],
  [
    "with gone as (delete from work returning id) insert into actor (id) select id from gone",
    "DELETE work INSERT actor",
  ],
  ["with commit as (select * from public.commit where x) select * from commit", "SELECT commit"],
])("says what a statement does to which tables, in a few words: %s", (text, summary) => {
  expect(statementSummary(text)).toBe(summary);
});
