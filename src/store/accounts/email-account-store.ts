import type { Actor } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";

/** What GitHub knows of an e-mail, and git does not. */
export type Account = Pick<Actor, "login" | "avatarUrl">;

/** Addresses change hands, and accounts their names: what GitHub said is believed for so long. */
const BELIEVED_DAYS = 30;
/** As long as an e-mail can be. What is longer is no address, and asked for whenever it is met. */
const EMAIL_LENGTH_MAX = 320;

/** Of these e-mails, as they are written, whose accounts they are; what is not known, or too old, is left out. */
export async function findAccounts(
  tx: Transaction,
  emails: readonly string[],
): Promise<Map<string, Account>> {
  if (emails.length === 0) return new Map();
  const rows = await tx.$queryRaw<(Account & { email: string })[]>`
    select email, login, avatar_url as "avatarUrl" from email_account
     where email = any(${emails}::text[]) and asked_at > now() - ${BELIEVED_DAYS} * interval '1 day'`;
  return new Map(rows.map(({ email, ...account }) => [email, account]));
}

/** As GitHub has just told them. In the order of the e-mails: many may be written at once. */
export async function saveAccounts(
  tx: Transaction,
  accounts: ReadonlyMap<string, Account>,
): Promise<void> {
  const known = [...accounts]
    .filter(([email]) => email.length <= EMAIL_LENGTH_MAX)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  if (known.length === 0) return;
  await tx.$executeRaw`
    insert into email_account (email, login, avatar_url, asked_at)
    select email, login, avatar_url, now()
      from unnest(${known.map(([email]) => email)}::text[],
                  ${known.map(([, { login }]) => login)}::text[],
                  ${known.map(([, { avatarUrl }]) => avatarUrl)}::text[])
             as known(email, login, avatar_url)
    on conflict (email) do update
       set login = excluded.login, avatar_url = excluded.avatar_url, asked_at = excluded.asked_at`;
}
