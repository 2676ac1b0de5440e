import type { Account } from "../accounts.js";
import type { Signature } from "../git/stand-in-commit.js";
import { toGitTimestamp } from "../git/stand-in-commit.js";
import { WEB_URL } from "../repository-directory.js";
import { organizationId, userId } from "./node-id.js";
import type { Resolvers } from "./query-context.js";
import { ownedRepositories } from "./repository-owner.js";

export const gitActorResolvers: Resolvers = {
  name: (signature: Signature) => signature.name,
  email: (signature: Signature) => signature.email,
  date: (signature: Signature) => toGitTimestamp(signature),
  user: ({ email }: Signature, _args, { accounts }) => accounts.accountOfEmail(email),
  avatarUrl: ({ email }: Signature, _args, { accounts }) => {
    const account = accounts.accountOfEmail(email);
    return account ? avatarUrl(account) : `https://avatars.githubusercontent.com/u/0?v=4`;
  },
};

export const userResolvers: Resolvers = {
  repositories: ownedRepositories,
  id: ({ databaseId }: Account) => userId(databaseId),
  login: ({ login }: Account) => login,
  databaseId: ({ databaseId }: Account) => databaseId,
  avatarUrl,
  url: ({ login }: Account) => `${WEB_URL}/${login}`,
};

export const organizationResolvers: Resolvers = {
  repositories: ownedRepositories,
  id: ({ databaseId }: Account) => organizationId(databaseId),
  login: ({ login }: Account) => login,
  databaseId: ({ databaseId }: Account) => databaseId,
  avatarUrl,
  url: ({ login }: Account) => `${WEB_URL}/${login}`,
};

function avatarUrl({ databaseId }: Account): string {
  return `https://avatars.githubusercontent.com/u/${databaseId}?v=4`;
}
