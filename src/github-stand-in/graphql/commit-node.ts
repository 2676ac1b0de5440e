import type { CommitObject } from "../git/commit-object.js";
import type { StandInRepository } from "../repository-directory.js";
import type { QueryContext } from "./query-context.js";

/** A commit of a repository; `object` is read only when a field of it is asked for. */
export class CommitNode {
  readonly __typename = "Commit";

  constructor(
    readonly repository: StandInRepository,
    readonly oid: string,
    public object: CommitObject | null = null,
  ) {}

  async load({ git }: Pick<QueryContext, "git">): Promise<CommitObject> {
    if (this.object) return this.object;
    const [object] = await git.readCommits(this.repository.gitDir, [this.oid]);
    if (!object) throw new Error(`the repository has no commit ${this.oid}`);
    this.object = object;
    return object;
  }
}
