import { commitPath } from "../client/router.js";
import { RewritesDocument } from "../operations.generated.js";
import { Link } from "../parts/link.js";
import { Failure, Loading } from "../parts/notice.js";
import { RelativeTime } from "../parts/relative-time.js";
import { countOf } from "../text/numbers.js";
import { type StatisticsPlace, useStatistics } from "./use-statistics.js";

/** Force pushes and changes of the default branch, as they were noticed. */
export function Rewrites(place: StatisticsPlace) {
  const { repository } = place;
  const { data, error, refresh } = useStatistics(RewritesDocument, { repository }, place);
  const rewrites = data?.historyRewrites.nodes;
  return (
    <section class="card padded" aria-label="Rewrites">
      <h2>Rewrites</h2>
      {rewrites === undefined && error !== undefined && <Failure error={error} retry={refresh} />}
      {rewrites === undefined && error === undefined && <Loading what="rewrites" rows={2} />}
      {rewrites?.length === 0 && (
        <p class="quiet">None noticed: what was pushed has only ever been added to.</p>
      )}
      <ul class="rewrites">
        {rewrites?.map((one) => (
          <li key={`${one.beforeOid} ${one.detectedAt}`}>
            <p>
              <Oid repository={repository} oid={one.beforeOid} isStored={one.before !== null} /> →{" "}
              <Oid repository={repository} oid={one.afterOid} isStored={one.after !== null} />
            </p>
            <p class="quiet">
              {countOf(one.orphanedCount, "commit")} left behind
              {one.restoredCount > 0 && `, ${one.restoredCount} back`}
              {" · "}
              <RelativeTime at={one.detectedAt} />
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface OidProps {
  readonly repository: string;
  readonly oid: string;
  readonly isStored: boolean;
}

function Oid({ repository, oid, isStored }: OidProps) {
  const short = oid.slice(0, 7);
  if (!isStored) return <span class="oid">{short}</span>;
  return (
    <Link class="oid" to={commitPath(repository, oid)}>
      {short}
    </Link>
  );
}
