import { repositoryPath } from "../client/router.js";
import { useAct } from "../client/use-act.js";
import { usePages } from "../client/use-pages.js";
import { useMay } from "../client/viewer.js";
import {
  DiscardTaskDocument,
  type FailedTaskLineFragment,
  FailedTasksDocument,
  type FailedTasksQuery,
  RetryTaskDocument,
} from "../operations.generated.js";
import { Link } from "../parts/link.js";
import { Failure, Loading } from "../parts/notice.js";
import { RelativeTime } from "../parts/relative-time.js";
import { say } from "../parts/toast.js";
import { countOf } from "../text/numbers.js";
import { TASK_WORDS } from "../text/words.js";

const PAGE = 20;
const connectionOf = (data: FailedTasksQuery) => data.failedTasks;

/** Work that was given up, why, and what can be done about it. */
export function FailedTasks() {
  const pages = usePages(FailedTasksDocument, { first: PAGE }, connectionOf);
  const { nodes, first, error, refresh } = pages;
  const isEmpty = nodes.length === 0;
  return (
    <section class="card padded" aria-label="Given up">
      <h2>
        Given up{" "}
        {first && first.totalCount > 0 && (
          <span class="badge is-bad">
            {countOf(first.totalCount, "task", { isExact: first.totalCountIsExact })}
          </span>
        )}
      </h2>
      {isEmpty && error === undefined && first === undefined && (
        <Loading what="what was given up" rows={2} />
      )}
      {isEmpty && first !== undefined && (
        <p class="quiet">Nothing: all work either succeeds or is still being tried.</p>
      )}
      <ul class="failed">
        {nodes.map((task) => (
          <FailedTask key={task.id} task={task} refresh={refresh} />
        ))}
      </ul>
      {error !== undefined && <Failure error={error} retry={refresh} />}
      {pages.hasMore && (
        <button type="button" class="button" onClick={pages.more}>
          Show more
        </button>
      )}
    </section>
  );
}

interface FailedTaskProps {
  readonly task: FailedTaskLineFragment;
  readonly refresh: () => void;
}

function FailedTask({ task, refresh }: FailedTaskProps) {
  const { repository, kind, attempts, lastError, lastFailedAt, nextAttemptAt, code } = task;
  return (
    <li>
      <div class="failed-what">
        <p>
          <Link to={repositoryPath(repository.nameWithOwner)}>{repository.nameWithOwner}</Link>{" "}
          <span class="quiet">
            {kind === null ? "work that no worker survived" : TASK_WORDS[kind].toLowerCase()}
          </span>
        </p>
        <p class="is-bad-text">{lastError ?? "No reason is known."}</p>
        <p class="quiet">
          {countOf(attempts, "failure")} in a row
          {lastFailedAt !== null && (
            <>
              , the last <RelativeTime at={lastFailedAt} />
            </>
          )}
          {nextAttemptAt !== null && (
            <>
              ; tried again <RelativeTime at={nextAttemptAt} />
            </>
          )}
          {code !== null && <code class="failed-code">{code}</code>}
        </p>
      </div>
      <TaskButtons task={task} refresh={refresh} />
    </li>
  );
}

function TaskButtons({ task, refresh }: FailedTaskProps) {
  const mayRetry = useMay("OPERATOR");
  const mayDiscard = useMay("WRITER");
  const [retry, isRetrying] = useAct(RetryTaskDocument);
  const [discard, isDiscarding] = useAct(DiscardTaskDocument);
  const { id, repository } = task;
  const isBusy = isRetrying || isDiscarding;
  const doRetry = async () => {
    if ((await retry({ id })) === null) return;
    say(`${repository.nameWithOwner} is tried again now.`);
    refresh();
  };
  const doDiscard = async () => {
    if ((await discard({ id })) === null) return;
    say(`${repository.nameWithOwner} is paused; its work is off the list.`);
    refresh();
  };
  return (
    <div class="failed-buttons">
      {mayRetry && (
        <button type="button" class="button" disabled={isBusy} onClick={() => void doRetry()}>
          Try again
        </button>
      )}
      {mayDiscard && (
        <button
          type="button"
          class="button is-quiet"
          disabled={isBusy}
          onClick={() => void doDiscard()}
        >
          Discard
        </button>
      )}
    </div>
  );
}
