import { type Account, idOfLogin } from "../accounts.js";
import { isVisibleTo } from "../repository-directory.js";
import type { PageArgs } from "./connection.js";
import { listConnection } from "./connection.js";
import type { QueryContext, Resolver } from "./query-context.js";
import { showRepository } from "./repository-sight.js";

interface OwnerNode extends Account {
  readonly __typename: "User" | "Organization";
}

interface OwnedArgs extends PageArgs {
  readonly isFork?: boolean | null;
  readonly isArchived?: boolean | null;
}

/** A user, or an organisation that has repositories; null, without an error, for nobody. */
export function findOwner(login: string, { accounts, directory }: QueryContext): OwnerNode | null {
  const user = accounts.findUser(login);
  if (user !== null) {
    return { __typename: "User", login: user.login, databaseId: user.databaseId };
  }
  const [first] = directory.listByOwner(login);
  if (first === undefined) return null;
  return { __typename: "Organization", login: first.owner, databaseId: idOfLogin(first.owner) };
}

/** What may not be shown is null at its place, with an error beside it, and counted. */
export const ownedRepositories: Resolver<Account, OwnedArgs> = async (
  { login },
  args,
  context,
  info,
) => {
  const found = context.directory
    .listByOwner(login)
    .filter((one) => isVisibleTo(one, context.viewer.login))
    .filter(({ isFork }) => args.isFork == null || isFork === args.isFork)
    .filter(({ isArchived }) => args.isArchived == null || isArchived === args.isArchived);
  const { nodes, ...page } = await listConnection(found, args, info);
  return { ...page, nodes: () => nodes.map(async (one) => showRepository(one, context)) };
};
