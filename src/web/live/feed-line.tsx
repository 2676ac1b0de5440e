import { repositoryPath } from "../client/router.js";
import { Link } from "../parts/link.js";
import { RelativeTime } from "../parts/relative-time.js";
import { countOf } from "../text/numbers.js";
import { CommitLine } from "./commit-line.js";
import type { FeedRow } from "./live-feed.js";

const FRESH_MS = 8_000;

/** One line of the feed. */
export function FeedLine({ row }: { readonly row: FeedRow }) {
  switch (row.kind) {
    case "commit": {
      const { firstSeenAt } = row.commit;
      const isFresh = Date.now() - Date.parse(firstSeenAt) < FRESH_MS;
      return <CommitLine commit={row.commit} at={firstSeenAt} isFresh={isFresh} />;
    }
    case "rewrite":
      return <RewriteLine event={row.event} />;
    case "gap":
      return (
        <p class="feed-note">
          You were away for longer than the feed is kept: some of what came meanwhile is missing
          here. All of it is in the commits of each <Link to="/repositories">repository</Link>.
        </p>
      );
  }
}

function RewriteLine({
  event,
}: {
  readonly event: Extract<FeedRow, { kind: "rewrite" }>["event"];
}) {
  const { repository, orphanedOids, restoredOids, headOid, ingestedAt } = event;
  const parts = [
    orphanedOids.length > 0 && `${countOf(orphanedOids.length, "commit")} left behind`,
    restoredOids.length > 0 && `${countOf(restoredOids.length, "commit")} back again`,
  ].filter(Boolean);
  return (
    <article class="commit-line is-rewrite">
      <span class="avatar rewrite-mark" aria-hidden="true">
        ↯
      </span>
      <div class="commit-what">
        <span class="commit-headline">History rewritten: {parts.join(", ")}</span>
        <div class="commit-who">
          <span class="quiet">in </span>
          {repository && (
            <Link class="commit-repository" to={repositoryPath(repository.nameWithOwner)}>
              {repository.nameWithOwner}
            </Link>
          )}
        </div>
      </div>
      <div class="commit-when">
        {headOid && <span class="oid">{headOid.slice(0, 7)}</span>}
        <RelativeTime at={ingestedAt} />
      </div>
    </article>
  );
}
