import type { Repository } from "../../../domain/repository.js";
import type { ApiDependencies } from "../../dependencies.js";
import { requireRepository, TRACK_FROM_DESCRIPTION } from "../../paging/arguments.js";
import { GraphQLDateTime } from "../date-time.js";
import { Arg } from "../type-graphql.js";

const NAME_OR_ID = "`owner/name`, or an id";

/** `repository`, which every operation on one takes. */
export function RepositoryArgument() {
  return Arg("repository", () => String, { description: `${NAME_OR_ID}.` });
}

/** `repository`, where there may be none. */
export function OptionalRepositoryArgument() {
  const description = `${NAME_OR_ID}; absent: all.`;
  return Arg("repository", () => String, { nullable: true, description });
}

export function TrackFromArgument() {
  const description = TRACK_FROM_DESCRIPTION;
  return Arg("trackFrom", () => GraphQLDateTime, { nullable: true, description });
}

/** Does something to the repository that a reference names; it as it is afterwards, and what was done. */
export async function changeRepository<Done>(
  { database, repositories }: Pick<ApiDependencies, "database" | "repositories">,
  ref: string,
  change: (found: Repository) => Promise<Done>,
): Promise<{ repository: Repository; done: Done }> {
  const found = await requireRepository(database, ref);
  const done = await change(found);
  return { repository: await repositories.load(found.id), done };
}
