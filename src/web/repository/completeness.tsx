import { useAct } from "../client/use-act.js";
import { useMay } from "../client/viewer.js";
import { VerifyDocument } from "../operations.generated.js";
import { RelativeTime } from "../parts/relative-time.js";
import { countOf, formatCount } from "../text/numbers.js";
import type { RepositoryHead } from "./repository-page.js";

interface CompletenessProps {
  readonly repository: RepositoryHead;
  readonly refresh: () => void;
}

/** Whether all of its history is stored, what says so, and a way to have it held against GitHub now. */
export function Completeness({ repository, refresh }: CompletenessProps) {
  const { storedCount, isChecking, isDeep, listedCount, error } = repository.completeness;
  return (
    <section class="card padded" aria-label="Completeness">
      <h2>Completeness</h2>
      <p class="verdict">
        <Word repository={repository} /> {countOf(storedCount, "commit")} stored
      </p>
      {isChecking ? (
        <p role="status">
          Being held against GitHub now
          {isDeep && `: ${countOf(listedCount, "commit")} listed so far`}…
        </p>
      ) : (
        <Verdict repository={repository} />
      )}
      {error !== null && <p class="is-bad-text">{error}</p>}
      <VerifyButtons repository={repository} refresh={refresh} />
    </section>
  );
}

/** What is on its way is no fault. */
function Word({
  repository: { completeness, freshness },
}: {
  readonly repository: RepositoryHead;
}) {
  if (completeness.complete) return <span class="badge is-good">Complete</span>;
  switch (freshness.reason) {
    case "FETCHING":
      return <span class="badge">A push comes in</span>;
    case "FIRST_HISTORY":
      return <span class="badge">The history comes in</span>;
    default:
      return <span class="badge is-warn">Not complete</span>;
  }
}

function Verdict({ repository: { completeness } }: { readonly repository: RepositoryHead }) {
  const { checkedAt, githubCount, missingCount, faultCount, untoldOids, isDeep } = completeness;
  return (
    <>
      <p class="quiet">
        {checkedAt === null ? (
          "Not held against GitHub yet."
        ) : (
          <>
            Verified <RelativeTime at={checkedAt} />
            {isDeep && ", oid by oid"}
            {githubCount !== null && `: GitHub counted ${formatCount(githubCount)} then`}.
          </>
        )}
      </p>
      {missingCount > 0 && <p>{countOf(missingCount, "commit")} were missing; they are fetched.</p>}
      {faultCount > 0 && <p>{countOf(faultCount, "contradiction")} put right.</p>}
      {untoldOids.length > 0 && (
        <p>GitHub does not tell {untoldOids.map((oid) => oid.slice(0, 7)).join(", ")}.</p>
      )}
    </>
  );
}

function VerifyButtons({ repository, refresh }: CompletenessProps) {
  const [verify, isAsking] = useAct(VerifyDocument);
  if (!useMay("OPERATOR")) return null;
  const isBusy = isAsking || repository.completeness.isChecking;
  const act = async (deep: boolean) => {
    if ((await verify({ repository: repository.id, deep })) !== null) refresh();
  };
  return (
    <div class="verify">
      <button type="button" class="button" disabled={isBusy} onClick={() => void act(false)}>
        Verify now
      </button>
      <button
        type="button"
        class="button is-quiet"
        disabled={isBusy}
        title="Lists GitHub's whole history, at a point for each hundred commits"
        onClick={() => void act(true)}
      >
        Oid by oid
      </button>
    </div>
  );
}
