import { withoutSecrets } from "../../../domain/address.js";
import { TrackerError } from "../../../domain/errors.js";
import { globalId } from "../../../domain/global-id.js";
import type { ApiDependencies } from "../../dependencies.js";
import { requireDate, requireOptionalDate } from "../../paging/arguments.js";
import { GraphQLDateTime } from "../date-time.js";
import { Arg, Mutation, Resolver } from "../type-graphql.js";
import { changeRepository, RepositoryArgument, TrackFromArgument } from "./repository-argument.js";
import {
  AddRepositoriesPayload,
  AddRepositoryPayload,
  PauseRepositoryPayload,
  RefreshRepositoryPayload,
  RemoveRepositoryPayload,
  ResetCommitsPayload,
  ResumeRepositoryPayload,
  URLS_MAX,
  VerifyRepositoryPayload,
} from "./repository-payloads.type.js";

@Resolver()
export class RepositoryMutationsResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Mutation(() => AddRepositoryPayload, {
    description:
      "Tracks a repository. Answers at once; a worker finds out what GitHub says of it. Adding it again, in any spelling, changes nothing.",
  })
  async addRepository(
    @Arg("url", () => String, {
      description:
        "An address as people have it: https://github.com/owner/name or any page of it, git@github.com:owner/name.git and git's other forms, package.json's, owner/name. A password in it is left behind.",
    })
    url: string,
    @TrackFromArgument() trackFrom: Date | null,
  ) {
    const start = requireOptionalDate(trackFrom, "trackFrom");
    return await this.api.addRepository({ url, trackFrom: start });
  }

  @Mutation(() => AddRepositoriesPayload, {
    description:
      "Tracks many repositories, with one result for each address, in their order. Answers at once; workers find out what GitHub says of them. Adding them again changes nothing.",
  })
  async addRepositories(
    @Arg("urls", () => [String], {
      description: `At most ${URLS_MAX}, each as addRepository takes it.`,
    })
    urls: string[],
    @TrackFromArgument() trackFrom: Date | null,
  ) {
    if (urls.length > URLS_MAX) {
      const message = `\`urls\` holds ${urls.length} addresses; at most ${URLS_MAX} are taken at once.`;
      throw new TrackerError("BAD_USER_INPUT", message, { field: "urls" });
    }
    const start = requireOptionalDate(trackFrom, "trackFrom");
    const outcomes = await this.api.addRepositories({ urls, trackFrom: start });
    const results = outcomes.map((outcome, index) => {
      const url = withoutSecrets(urls[index] ?? "");
      if (outcome.kind === "added") {
        const { repository, created } = outcome;
        return { url, repository, created, error: null };
      }
      const { code, message } = outcome.error;
      return { url, repository: null, created: false, error: { code, message } };
    });
    return {
      results,
      createdCount: results.filter(({ created }) => created).length,
      failedCount: results.filter(({ error }) => error !== null).length,
    };
  }

  @Mutation(() => PauseRepositoryPayload, {
    description: "Stops checking a repository until it is resumed. What is stored stays.",
  })
  async pauseRepository(@RepositoryArgument() ref: string) {
    const { repository, done } = await changeRepository(this.api, ref, ({ id }) =>
      this.api.pauseRepository(id),
    );
    return { repository, changed: done };
  }

  @Mutation(() => ResumeRepositoryPayload, {
    description:
      "Checks a paused repository again, from where it was left. Others stay as they are.",
  })
  async resumeRepository(@RepositoryArgument() ref: string) {
    const { repository, done } = await changeRepository(this.api, ref, ({ id }) =>
      this.api.resumeRepository(id),
    );
    return { repository, changed: done };
  }

  @Mutation(() => RefreshRepositoryPayload, {
    description:
      "Has GitHub asked now, instead of when the repository is due. One that is paused or given up stays as it is.",
  })
  async refreshRepository(@RepositoryArgument() ref: string) {
    const { repository } = await changeRepository(this.api, ref, async ({ id }) => {
      if (await this.api.requestCheck(id)) return;
      throw new TrackerError("NOT_FOUND", "This repository is not tracked any more.", {
        field: "repository",
      });
    });
    return { repository, requested: !["PAUSED", "FAILED"].includes(repository.state) };
  }

  @Mutation(() => VerifyRepositoryPayload, {
    description:
      "Has what is stored held against GitHub: its count of commits, and with `deep` its whole history, at a point for each hundred commits. What is missing is fetched. `completeness` shows the result; where it cannot be verified now (given up, paused, empty, not to be seen, its history not complete after a failure), `completeness.error` says why at once.",
  })
  async verifyRepository(
    @RepositoryArgument() ref: string,
    @Arg("deep", () => Boolean, { defaultValue: false, description: "Oid by oid." }) deep: boolean,
  ) {
    const { repository, done } = await changeRepository(this.api, ref, ({ id }) =>
      this.api.verifyRepository(id, { isDeep: deep }),
    );
    return { repository, started: done };
  }

  @Mutation(() => ResetCommitsPayload, {
    description:
      "Deletes a repository's commits dated from then on and fetches them again; a date before `trackFrom` moves that back.",
  })
  async resetCommitsFrom(
    @RepositoryArgument() ref: string,
    @Arg("from", () => GraphQLDateTime, { description: "By committer date, inclusive." })
    from: Date,
    @Arg("dryRun", () => Boolean, { defaultValue: false, description: "Only count." })
    dryRun: boolean,
  ) {
    const date = requireDate(from, "from");
    const { repository, done } = await changeRepository(this.api, ref, ({ id }) =>
      this.api.resetCommits({ repositoryId: id, from: date, dryRun }),
    );
    return { repository, deletedCount: done };
  }

  @Mutation(() => RemoveRepositoryPayload, {
    description: "Stops tracking a repository and deletes everything of it.",
  })
  async removeRepository(@RepositoryArgument() ref: string) {
    const { repository, done } = await changeRepository(this.api, ref, ({ id }) =>
      this.api.removeRepository(id),
    );
    return {
      repository,
      deletedCount: done,
      nameWithOwner: `${repository.owner}/${repository.name}`,
      id: globalId("RemoveRepositoryPayload", repository.id),
    };
  }
}
