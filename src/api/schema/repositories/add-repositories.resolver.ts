import { Arg, Mutation, Resolver } from "type-graphql";
import { withoutSecrets } from "../../../domain/address.js";
import { TrackerError } from "../../../domain/errors.js";
import type { ApiDependencies } from "../../dependencies.js";
import { requireDate, TRACK_FROM_DESCRIPTION } from "../../paging/arguments.js";
import { GraphQLDateTime } from "../date-time.js";
import { AddRepositoriesResult } from "./add-repositories.type.js";

/** In one call: as many as one check takes. */
export const URLS_MAX = 100;

@Resolver()
export class AddRepositoriesResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Mutation(() => [AddRepositoriesResult], {
    description:
      "Tracks many repositories, with one result for each address, in their order. Answers at once; workers find out what GitHub says of them. Adding them again changes nothing.",
  })
  async addRepositories(
    @Arg("urls", () => [String], {
      description: `At most ${URLS_MAX}, each as addRepository takes it.`,
    })
    urls: string[],
    @Arg("trackFrom", () => GraphQLDateTime, {
      nullable: true,
      description: TRACK_FROM_DESCRIPTION,
    })
    trackFrom: Date | null,
  ) {
    if (urls.length > URLS_MAX) {
      const message = `\`urls\` holds ${urls.length} addresses; at most ${URLS_MAX} are taken at once.`;
      throw new TrackerError("BAD_USER_INPUT", message, { field: "urls" });
    }
    const start = trackFrom == null ? null : requireDate(trackFrom, "trackFrom");
    const outcomes = await this.api.addRepositories({ urls, trackFrom: start });
    return outcomes.map((outcome, index) => {
      const url = withoutSecrets(urls[index] ?? "");
      if (outcome.kind === "added") {
        const { repository, created } = outcome;
        return { url, repository, created, error: null };
      }
      const { code, message } = outcome.error;
      return { url, repository: null, created: false, error: { code, message } };
    });
  }
}
