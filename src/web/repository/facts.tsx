import type { ComponentChildren } from "preact";
import { DueTime, RelativeTime } from "../parts/relative-time.js";
import { formatCount } from "../text/numbers.js";
import { dayOf, duration } from "../text/times.js";
import { CHECK_WORDS, STALE_WORDS } from "../text/words.js";
import type { RepositoryHead } from "./repository-page.js";

/** How it stands, in a line of figures. */
export function Facts({ repository }: { readonly repository: RepositoryHead }) {
  const { commitCount, freshness, nextCheckAt, checkReason, checkIntervalSeconds } = repository;
  const { defaultBranch, trackFrom, createdAt } = repository;
  return (
    <dl class="facts card">
      <Fact name="Commits" more={trackFrom === null ? null : `from ${dayOf(trackFrom)}`}>
        {formatCount(commitCount)}
      </Fact>
      <Fact
        name="Freshness"
        more={
          freshness.headCheckedAt && (
            <>
              seen <RelativeTime at={freshness.headCheckedAt} />
            </>
          )
        }
      >
        <span class={freshness.isFresh ? "is-good-text" : "first-upper"}>
          {freshness.reason === null ? "Up to date" : STALE_WORDS[freshness.reason]}
        </span>
      </Fact>
      <Fact name="Next check" more={nextCheckAt === null ? null : CHECK_WORDS[checkReason]}>
        {nextCheckAt === null ? "None due" : <DueTime at={nextCheckAt} />}
      </Fact>
      <Fact name="Rate" more={null}>
        {checkIntervalSeconds === null ? "—" : `every ${duration(checkIntervalSeconds)}`}
      </Fact>
      <Fact name="Branch" more={null}>
        {defaultBranch ?? "—"}
      </Fact>
      <Fact name="Tracked since" more={null}>
        {dayOf(createdAt)}
      </Fact>
    </dl>
  );
}

function Fact({
  name,
  more,
  children,
}: {
  readonly name: string;
  readonly more: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class="fact-value">{children}</span>
        {more && <span class="fact-more">{more}</span>}
      </dd>
    </div>
  );
}
