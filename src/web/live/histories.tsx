import { repositoryPath } from "../client/router.js";
import { useAsk } from "../client/use-ask.js";
import { useWatch } from "../client/use-watch.js";
import { HistoriesDocument } from "../operations.generated.js";
import { Link } from "../parts/link.js";
import { Progress } from "../parts/progress.js";
import { formatCount } from "../text/numbers.js";

const SHOWN_MAX = 4;
const VARIABLES = {};

/** First histories that come in: a line each, whatever they bring. */
export function Histories() {
  const { data, refresh } = useAsk(HistoriesDocument, VARIABLES);
  const coming = data?.repositories.nodes.filter(({ state }) => state === "BACKFILLING") ?? [];
  useWatch("all", ({ id, state }) => {
    const isKnown = data?.repositories.nodes.some((one) => one.id === id) ?? true;
    if (state === "BACKFILLING" && !isKnown && coming.length < SHOWN_MAX) refresh();
    if (state !== "BACKFILLING" && isKnown) refresh();
  });
  if (coming.length === 0) return null;
  const totalCount = Math.max(coming.length, data?.repositories.totalCount ?? 0);
  return (
    <section class="card histories" aria-label="First histories">
      <h2>First histories</h2>
      <ul>
        {coming.slice(0, SHOWN_MAX).map((repository) => (
          <li key={repository.id}>
            <Link to={repositoryPath(repository.nameWithOwner)}>{repository.nameWithOwner}</Link>
            <Progress repository={repository} />
          </li>
        ))}
      </ul>
      {totalCount > SHOWN_MAX && (
        <p class="quiet">
          <Link to="/repositories?state=BACKFILLING">
            and {formatCount(totalCount - SHOWN_MAX)} more
          </Link>
        </p>
      )}
    </section>
  );
}
