import { gql, useQuery, useSubscription } from "urql";

interface Commit {
  readonly id: string;
  readonly sequence: string;
  readonly abbreviatedOid: string;
  readonly messageHeadline: string;
  readonly url: string;
  readonly author: { readonly name: string };
  readonly repository: { readonly nameWithOwner: string };
}

const COMMIT = gql`
  fragment ListedCommit on Commit {
    id
    sequence
    abbreviatedOid
    messageHeadline
    url
    author {
      name
    }
    repository {
      nameWithOwner
    }
  }
`;
const LATEST = gql<{ commits: { nodes: Commit[] } }, object>`
  query Latest {
    commits(first: 20, orderBy: { field: SEQUENCE }) {
      nodes {
        ...ListedCommit
      }
    }
  }
  ${COMMIT}
`;
const INGESTED = gql<{ commitsIngested: { commits: Commit[] } }, { after: string }>`
  subscription Ingested($after: String) {
    commitsIngested(after: $after) {
      cursor
      commits {
        ...ListedCommit
      }
    }
  }
  ${COMMIT}
`;
const SHOWN_MAX = 100;

/** The latest commits, and each new one as it is stored: what comes after the first answer begins where that ends. */
export function CommitList() {
  const [latest] = useQuery({ query: LATEST });
  const stored = latest.data?.commits.nodes ?? [];
  const [arriving] = useSubscription<{ commitsIngested: { commits: Commit[] } }, Commit[]>(
    {
      query: INGESTED,
      variables: { after: stored[0]?.sequence ?? "0" },
      pause: latest.data === undefined,
    },
    (arrived = [], { commitsIngested }) =>
      [...commitsIngested.commits, ...arrived].slice(0, SHOWN_MAX),
  );
  const error = latest.error ?? arriving.error;
  if (error !== undefined) return <p role="alert">{error.message}</p>;
  if (latest.fetching) return <p>Loading…</p>;
  const commits = [...(arriving.data ?? []), ...stored].slice(0, SHOWN_MAX);
  if (commits.length === 0) return <p>No commits yet: add a repository to the tracker.</p>;
  return (
    <ol>
      {commits.map(({ id, repository, url, abbreviatedOid, messageHeadline, author }) => (
        <li key={id}>
          {repository.nameWithOwner} <a href={url}>{abbreviatedOid}</a> <b>{messageHeadline}</b>{" "}
          {author.name}
        </li>
      ))}
    </ol>
  );
}
