import { commitPath, repositoryPath } from "../client/router.js";
import type { CommitLineFragment } from "../operations.generated.js";
import { Avatar } from "../parts/avatar.js";
import { Link, Outside } from "../parts/link.js";
import { identityOf, nameOf } from "../parts/person.js";
import { RelativeTime } from "../parts/relative-time.js";

interface CommitLineProps {
  readonly commit: CommitLineFragment;
  /** Its time: of the commit, or when it came here. */
  readonly at: string;
  readonly hasRepository?: boolean;
  readonly isFresh?: boolean;
}

/** A commit on two lines: what, and by whom, where and when. */
export function CommitLine({ commit, at, hasRepository = true, isFresh = false }: CommitLineProps) {
  const { author, oid, repository } = commit;
  const name = nameOf(author);
  return (
    <article class={`commit-line ${isFresh ? "is-fresh" : ""}`}>
      <Avatar name={name} of={identityOf(author)} />
      <div class="commit-what">
        <Link class="commit-headline" to={commitPath(repository.nameWithOwner, oid)}>
          <bdi>{commit.messageHeadline || "(no message)"}</bdi>
        </Link>
        <div class="commit-who">
          <bdi class="commit-author">{name}</bdi>
          {hasRepository && (
            <>
              <span class="quiet"> in </span>
              <Link class="commit-repository" to={repositoryPath(repository.nameWithOwner)}>
                {repository.nameWithOwner}
              </Link>
            </>
          )}
          {!commit.reachable && <span class="badge is-warn">left behind</span>}
        </div>
      </div>
      <div class="commit-when">
        <Outside class="oid" to={commit.url} title={`${oid} on GitHub`}>
          {commit.abbreviatedOid}
        </Outside>
        <RelativeTime at={at} />
      </div>
    </article>
  );
}
