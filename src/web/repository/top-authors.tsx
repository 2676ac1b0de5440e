import { repositoryPath } from "../client/router.js";
import { TopAuthorsDocument } from "../operations.generated.js";
import { Avatar } from "../parts/avatar.js";
import { Link } from "../parts/link.js";
import { Empty, Failure, Loading } from "../parts/notice.js";
import { identityOf, nameOf } from "../parts/person.js";
import { formatCount } from "../text/numbers.js";
import { type StatisticsPlace, useStatistics } from "./use-statistics.js";

/** Who has written most; each leads to their commits. */
export function TopAuthors(place: StatisticsPlace) {
  const { repository } = place;
  const { data, error, refresh } = useStatistics(TopAuthorsDocument, { repository }, place);
  const authors = data?.topAuthors;
  const most = authors?.[0]?.commitCount ?? 1;
  return (
    <section class="card padded" aria-label="Top authors">
      <h2>Top authors</h2>
      {authors === undefined && error !== undefined && <Failure error={error} retry={refresh} />}
      {authors === undefined && error === undefined && <Loading what="authors" rows={4} />}
      {authors?.length === 0 && (
        <Empty title="Nobody yet">Authors come with the first commits.</Empty>
      )}
      <ol class="authors">
        {authors?.map((author) => (
          <li key={identityOf(author)}>
            <Avatar name={nameOf(author)} of={identityOf(author)} />
            <div class="author-what">
              <div class="author-line">
                <Link
                  to={`${repositoryPath(repository)}?author=${encodeURIComponent(identityOf(author))}`}
                >
                  <bdi>{nameOf(author)}</bdi>
                </Link>
                {author.isBot && <span class="badge">bot</span>}
                <span class="author-count">{formatCount(author.commitCount)}</span>
              </div>
              <div class="author-bar" aria-hidden="true">
                <div style={{ width: `${(author.commitCount / most) * 100}%` }} />
              </div>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
