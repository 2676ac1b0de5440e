import type { StandInCommit } from "../git/stand-in-commit.js";
import type { StandInRepository } from "../repository-directory.js";
import type { QueryContext } from "./query-context.js";

/** A commit of a repository; `object` is read only when a field of it is asked for. */
export class CommitNode {
  readonly __typename = "Commit";
  #loading: Promise<StandInCommit> | undefined;

  constructor(
    readonly repository: StandInRepository,
    readonly oid: string,
    public object: StandInCommit | null = null,
  ) {}

  async load(context: Pick<QueryContext, "git" | "read">): Promise<StandInCommit> {
    if (this.object) return this.object;
    this.#loading ??= this.#load(context);
    return this.#loading;
  }

  async #load({ git, read }: Pick<QueryContext, "git" | "read">): Promise<StandInCommit> {
    read.listedCommits += 1;
    const [object] = await git.readCommits(this.repository.gitDir, [this.oid]);
    if (!object) throw new Error(`the repository has no commit ${this.oid}`);
    this.object = object;
    return object;
  }
}
