import { TrackerError } from "../../../domain/errors.js";
import { globalId } from "../../../domain/global-id.js";
import { awaitCommit } from "../../../tracking/await-commit.js";
import type { ApiDependencies } from "../../dependencies.js";
import type { PresenceContext } from "../../http/client-presence.js";
import { requireOid, requireRepository } from "../../paging/arguments.js";
import { RepositoryArgument } from "../repositories/repository-argument.js";
import { Arg, Ctx, Int, Mutation, Resolver } from "../type-graphql.js";
import { AwaitCommitPayload } from "./await-commit.type.js";

/** Many proxies cut off what takes longer. */
const TIMEOUT_SECONDS_MAX = 60;

@Resolver()
export class AwaitCommitResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Mutation(() => AwaitCommitPayload, {
    description:
      "Waits until a commit is stored, for a CI job that has just pushed it: GitHub is asked at once, and more often meanwhile. `TIMEOUT` when it was not stored in time, with `extensions.repository` for what is known then; call it again to go on waiting. A commit that was stored long ago is answered at once.",
  })
  async awaitCommit(
    @RepositoryArgument() ref: string,
    @Arg("oid", () => String, {
      description: "The whole object id, in hex, as `git rev-parse HEAD` prints it.",
    })
    oid: string,
    @Arg("timeout", () => Int, {
      defaultValue: 30,
      description: `In seconds: 0 to ${TIMEOUT_SECONDS_MAX}.`,
    })
    timeout: number,
    @Ctx() { untilGone }: PresenceContext,
  ) {
    const wanted = requireOid(oid);
    if (timeout < 0 || timeout > TIMEOUT_SECONDS_MAX) {
      const message = `\`timeout\` must be 0 to ${TIMEOUT_SECONDS_MAX} seconds; call again to wait longer.`;
      throw new TrackerError("BAD_USER_INPUT", message, { field: "timeout" });
    }
    const { id } = await requireRepository(this.api.database, ref);
    const startedAt = performance.now();
    const commit = await this.api.waitingRooms.awaitCommit.enter(() =>
      awaitCommit(this.api, {
        repositoryId: id,
        oid: wanted,
        timeoutMs: timeout * 1_000,
        signal: untilGone?.() ?? new AbortController().signal,
      }),
    );
    if (commit === null) throw await this.#notInTime(String(id), wanted, timeout);
    const waitedMs = Math.round(performance.now() - startedAt);
    return { repository: await this.api.repositories.load(id), commit, waitedMs };
  }

  async #notInTime(ref: string, oid: string, timeout: number): Promise<TrackerError> {
    const repository = await requireRepository(this.api.database, ref);
    const { owner, name, state, headOid, lastCheckedAt, lastError } = repository;
    const head = headOid === null ? "not complete yet" : `complete at ${headOid}`;
    const why = lastError === null ? "" : ` ${lastError}`;
    const message = `${oid} was not stored within ${timeout} s. ${owner}/${name} is ${state}, ${head}.${why}`;
    const id = globalId("Repository", repository.id);
    const shown = { repository: { id, state, headOid, lastCheckedAt, lastError } };
    return new TrackerError("TIMEOUT", message, { shown });
  }
}
