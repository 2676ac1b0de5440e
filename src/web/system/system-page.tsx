import { useContext } from "preact/hooks";
import { messageOf } from "../client/error-code.js";
import { useAsk } from "../client/use-ask.js";
import { useMay, ViewerContext } from "../client/viewer.js";
import { SystemDocument, type SystemQuery } from "../operations.generated.js";
import { Link } from "../parts/link.js";
import { Failure, Loading } from "../parts/notice.js";
import { formatCount } from "../text/numbers.js";
import { ApiKeys } from "./api-keys.js";
import { Budgets } from "./budgets.js";
import { FailedTasks } from "./failed-tasks.js";
import { Queues, Replicas, Versions } from "./parts-of-it.js";

const EVERY_MS = 4_000;
const VARIABLES = {};

/** What it may ask of GitHub, what waits, what was given up, and who may come in. */
export function SystemPage() {
  const { data, error, refresh } = useAsk(SystemDocument, VARIABLES, { everyMs: EVERY_MS });
  const { isLimited } = useContext(ViewerContext);
  const seesKeys = useMay("WRITER") && !isLimited;
  return (
    <main class="page">
      <header class="page-head">
        <h1>System</h1>
      </header>
      {data === undefined && error !== undefined && <Failure error={error} retry={refresh} />}
      {data === undefined && error === undefined && <Loading what="the system" />}
      {data !== undefined && (
        <>
          {error !== undefined && (
            <p class="banner is-warn" role="alert">
              These are the last known figures. {messageOf(error)}
            </p>
          )}
          <Figures data={data} />
          <Budgets budgets={data.rateBudgets} isLimited={isLimited} />
          {!isLimited && (
            <div class="columns is-even">
              <Queues queues={data.system.queues} />
              <div>
                <Replicas replicas={data.system.replicas} />
                <Versions {...data.system} />
              </div>
            </div>
          )}
          <FailedTasks />
          {isLimited && <Versions {...data.system} />}
        </>
      )}
      {seesKeys && <ApiKeys />}
    </main>
  );
}

function Figures({ data }: { readonly data: SystemQuery }) {
  const { feed, waiting, failing, all } = data;
  return (
    <dl class="facts card">
      <Figure name="Feed position" value={formatCount(Number(feed.sequence))}>
        {feed.oldestSequence === null
          ? "no event yet"
          : `kept from ${formatCount(Number(feed.oldestSequence))}`}
      </Figure>
      <Figure name="Repositories" value={formatCount(all.totalCount)}>
        <Link to="/repositories">tracked</Link>
      </Figure>
      <Figure name="First histories" value={formatCount(waiting.totalCount)}>
        <Link to="/repositories?state=BACKFILLING">coming in or waiting</Link>
      </Figure>
      <Figure
        name="In trouble"
        value={formatCount(failing.totalCount)}
        isBad={failing.totalCount > 0}
      >
        <Link to="/repositories?state=FAILED">given up</Link> or{" "}
        <Link to="/repositories?state=UNAVAILABLE">unavailable</Link>
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly isBad?: boolean;
  readonly children: preact.ComponentChildren;
}

function Figure({ name, value, isBad = false, children }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class={`fact-value ${isBad ? "is-bad-text" : ""}`}>{value}</span>
        <span class="fact-more">{children}</span>
      </dd>
    </div>
  );
}
