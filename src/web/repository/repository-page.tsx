import { useEffect } from "preact/hooks";
import { go, usePlace } from "../client/router.js";
import { useAsk } from "../client/use-ask.js";
import { useWatch } from "../client/use-watch.js";
import { useMay } from "../client/viewer.js";
import { RepositoryHeadDocument, type RepositoryHeadQuery } from "../operations.generated.js";
import { Link, Outside } from "../parts/link.js";
import { Empty, Failure, Loading } from "../parts/notice.js";
import { Progress } from "../parts/progress.js";
import { StateBadge } from "../parts/state-badge.js";
import { RepositoryActions } from "../repositories/repository-actions.js";
import { CommitList } from "./commit-list.js";
import { Completeness } from "./completeness.js";
import { Facts } from "./facts.js";
import { HeatMap } from "./heat-map.js";
import { Rewrites } from "./rewrites.js";
import { TopAuthors } from "./top-authors.js";
import { WeeklyCommits } from "./weekly-commits.js";

export type RepositoryHead = NonNullable<RepositoryHeadQuery["repository"]>;

const CHECKING_MS = 2_000;

export function RepositoryPage({ nameWithOwner }: { readonly nameWithOwner: string }) {
  const { data, error, refresh } = useAsk(RepositoryHeadDocument, { repository: nameWithOwner });
  const repository = data?.repository ?? null;
  useWatch(repository === null ? "none" : [repository.id]);
  const isChecking = repository?.completeness.isChecking ?? false;
  useEffect(() => {
    if (!isChecking) return;
    const timer = setInterval(refresh, CHECKING_MS);
    return () => clearInterval(timer);
  }, [isChecking, refresh]);
  if (repository === null) {
    return (
      <main class="page">
        <header class="page-head">
          <h1>{nameWithOwner}</h1>
        </header>
        {error !== undefined && <Failure error={error} retry={refresh} />}
        {error === undefined && data === undefined && <Loading what={nameWithOwner} />}
        {data !== undefined && error === undefined && <NotTracked />}
      </main>
    );
  }
  return <Tracked repository={repository} refresh={refresh} />;
}

function NotTracked() {
  const mayAdd = useMay("OPERATOR");
  return (
    <Empty title="This repository is not tracked">
      {mayAdd && <Link to="/repositories?add=1">Add repositories</Link>}
      <Link to="/repositories">All repositories</Link>
    </Empty>
  );
}

interface TrackedProps {
  readonly repository: RepositoryHead;
  readonly refresh: () => void;
}

function Tracked({ repository, refresh }: TrackedProps) {
  const { nameWithOwner, state, headOid, lastError, isArchived, isPrivate, url } = repository;
  const { path } = usePlace();
  useEffect(() => {
    // It was renamed, or this is another way to write it: the address that stays.
    const own = `/repositories/${nameWithOwner}`;
    if (path !== own) go(own + location.search, { replaces: true });
  }, [nameWithOwner, path]);
  const place = { repository: nameWithOwner, headOid, isComing: state === "BACKFILLING" };
  return (
    <main class="page">
      <header class="page-head">
        <h1 class="with-badges">
          {nameWithOwner} <StateBadge state={state} />
          {isArchived && <span class="badge">archived</span>}
          {isPrivate && <span class="badge">private</span>}
        </h1>
        <Outside class="button" to={url}>
          GitHub
        </Outside>
        <Link class="button" to={`/?repository=${encodeURIComponent(nameWithOwner)}`}>
          Live
        </Link>
        <RepositoryActions repository={repository} onRemoved={() => go("/repositories")} />
      </header>
      {lastError !== null && (
        <p class="banner is-bad" role="alert">
          {lastError}
        </p>
      )}
      {state === "BACKFILLING" && (
        <section class="card padded" aria-label="First history">
          <Progress repository={repository} />
        </section>
      )}
      <Facts repository={repository} />
      <WeeklyCommits {...place} oldestAt={repository.oldest.nodes[0]?.committedAt ?? null} />
      <div class="columns">
        <div>
          <HeatMap {...place} />
          <Completeness repository={repository} refresh={refresh} />
          <Rewrites {...place} />
        </div>
        <TopAuthors {...place} />
      </div>
      <CommitList {...place} />
    </main>
  );
}
