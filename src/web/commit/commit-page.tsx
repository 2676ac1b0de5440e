import { commitPath, repositoryPath } from "../client/router.js";
import { useAsk } from "../client/use-ask.js";
import { CommitDocument, type CommitQuery } from "../operations.generated.js";
import { Link, Outside } from "../parts/link.js";
import { Empty, Failure, Loading } from "../parts/notice.js";
import { RelativeTime } from "../parts/relative-time.js";
import { People } from "./people.js";

type CommitParts = NonNullable<CommitQuery["commit"]>;

interface CommitPageProps {
  readonly nameWithOwner: string;
  readonly oid: string;
}

/** One commit: what it says, by whom, what it stands on, and where it is in the feed. */
export function CommitPage({ nameWithOwner, oid }: CommitPageProps) {
  const variables = { repository: nameWithOwner, oid };
  const { data, error, refresh } = useAsk(CommitDocument, variables);
  const commit = data?.commit ?? null;
  return (
    <main class="page is-narrow">
      <nav class="crumbs" aria-label="Where this is">
        <Link to={repositoryPath(nameWithOwner)}>{nameWithOwner}</Link>
        <span class="quiet"> / </span>
        <span class="oid">{oid.slice(0, 7)}</span>
      </nav>
      {commit !== null && data !== undefined ? (
        <Parts commit={commit} feed={data.feed} />
      ) : error !== undefined ? (
        <Failure error={error} retry={refresh} />
      ) : data === undefined ? (
        <Loading what="the commit" rows={4} />
      ) : (
        <Empty title="This commit is not stored">
          <p>It may be beyond the tracking start, or not fetched yet.</p>
          <Link to={repositoryPath(nameWithOwner)}>To the repository</Link>
        </Empty>
      )}
    </main>
  );
}

function Parts({
  commit,
  feed,
}: {
  readonly commit: CommitParts;
  readonly feed: CommitQuery["feed"];
}) {
  return (
    <article>
      <header class="page-head">
        <h1>
          <bdi>{commit.messageHeadline || "(no message)"}</bdi>
        </h1>
        <Outside class="button" to={commit.url}>
          GitHub
        </Outside>
      </header>
      {!commit.reachable && (
        <p class="banner is-warn">
          A rewrite of the history has left this commit behind
          {commit.orphanedAt !== null && (
            <>
              {" "}
              <RelativeTime at={commit.orphanedAt} />
            </>
          )}
          . It stays stored.
        </p>
      )}
      {commit.messageBody.trim() !== "" && (
        <section class="card padded" aria-label="Message">
          <pre class="message">
            <bdi>{commit.messageBody.trimEnd()}</bdi>
          </pre>
        </section>
      )}
      <People commit={commit} />
      <dl class="card pairs">
        <div>
          <dt>Commit</dt>
          <dd class="oid">{commit.oid}</dd>
        </div>
        <div>
          <dt>{commit.parents.length === 1 ? "Parent" : "Parents"}</dt>
          <dd>
            <Parents commit={commit} />
          </dd>
        </div>
        <div>
          <dt>In the feed</dt>
          <dd>
            Event {commit.sequence} of {feed.sequence}, stored{" "}
            <RelativeTime at={commit.firstSeenAt} />
            {isExpired(commit, feed) && ". The feed no longer keeps that event."}
          </dd>
        </div>
      </dl>
    </article>
  );
}

const isExpired = ({ sequence }: CommitParts, { oldestSequence }: CommitQuery["feed"]): boolean =>
  oldestSequence !== null && BigInt(sequence) < BigInt(oldestSequence);

function Parents({ commit }: { readonly commit: CommitParts }) {
  const { parents, parentCommits, repository } = commit;
  if (parents.length === 0) return <>None: it begins the history.</>;
  return (
    <ul class="parents">
      {parents.map((oid, index) => {
        const stored = parentCommits[index];
        const short = oid.slice(0, 7);
        return (
          <li key={oid}>
            {stored ? (
              <Link to={commitPath(repository.nameWithOwner, oid)}>
                <span class="oid">{short}</span> <bdi>{stored.messageHeadline}</bdi>
              </Link>
            ) : (
              <>
                <span class="oid">{short}</span> <span class="quiet">not stored</span>
              </>
            )}
          </li>
        );
      })}
    </ul>
  );
}
