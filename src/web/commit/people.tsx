import { repositoryPath } from "../client/router.js";
import type { CommitQuery } from "../operations.generated.js";
import { Avatar } from "../parts/avatar.js";
import { Link } from "../parts/link.js";
import { identityOf, nameOf } from "../parts/person.js";
import { RelativeTime } from "../parts/relative-time.js";

type CommitParts = NonNullable<CommitQuery["commit"]>;

/** Who wrote it, who put it into the history, and who else had a part. */
export function People({ commit }: { readonly commit: CommitParts }) {
  const { author, committer, coAuthors, repository, authoredAt, committedAt } = commit;
  const authorPath = `${repositoryPath(repository.nameWithOwner)}?author=`;
  const isSame = identityOf(author) === identityOf(committer);
  return (
    <ul class="card people" aria-label="People">
      <Person
        {...author}
        part={isSame ? "wrote and committed it" : "wrote it"}
        at={authoredAt}
        path={authorPath + encodeURIComponent(identityOf(author))}
      />
      {!isSame && <Person {...committer} part="committed it" at={committedAt} />}
      {coAuthors.map((one) => (
        <Person key={`${one.email} ${one.name}`} {...one} login={null} part="co-author" />
      ))}
    </ul>
  );
}

interface PersonProps {
  readonly name: string;
  readonly email: string;
  readonly login: string | null;
  readonly part: string;
  readonly at?: string;
  readonly path?: string;
}

function Person({ part, at, path, ...actor }: PersonProps) {
  const name = nameOf(actor);
  return (
    <li>
      <Avatar name={name} of={identityOf(actor)} />
      <div>
        <p>
          {path === undefined ? (
            <bdi>{name}</bdi>
          ) : (
            <Link to={path}>
              <bdi>{name}</bdi>
            </Link>
          )}
          {actor.login !== null && <span class="quiet"> @{actor.login}</span>}
        </p>
        <p class="quiet">
          {part}
          {at !== undefined && (
            <>
              {" "}
              <RelativeTime at={at} />
            </>
          )}
          {actor.email !== "" && <bdi> · {actor.email}</bdi>}
        </p>
      </div>
    </li>
  );
}
