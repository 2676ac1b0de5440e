/** An operation to try, as a tab of the playground. */
export interface ReadyOperation {
  readonly query: string;
  readonly variables?: string;
}

/** What people come for, in the order in which they meet it; each is valid as it stands. */
export function readyOperations(repository: string): readonly ReadyOperation[] {
  const nameWithOwner = repository.replace(/^https:\/\/[^/]+\//, "");
  const named = { variables: JSON.stringify({ repository: nameWithOwner }, null, 2) };
  return [
    {
      query: `# Begin here: press ▶ (or Ctrl-Enter). It lists
# what is tracked, and how it is.
#
# Nothing yet? The next tab, Add, tracks a first
# repository: put yours under Variables, press ▶.
# Each further tab is an operation to try. Where
# an API key is needed you are asked for it, once.
query Repositories {
  repositories(first: 20) {
    totalCount
    nodes {
      nameWithOwner state commitCount headOid
      freshness { isFresh headCheckedAt nextCheckAt lagSeconds reason }
      headCommit { messageHeadline committedAt }
      lastError
      completeness { complete storedCount githubCount checkedAt }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
    },
    {
      query: `# Tracks a repository: it answers at once, and a worker fetches its history.
mutation Add($url: String!) {
  addRepository(url: $url) {
    created
    repository { id nameWithOwner state }
  }
}
`,
      variables: JSON.stringify({ url: repository }, null, 2),
    },
    {
      query: `# Its commits, newest first. Pass endCursor as "after" for the next page.
query Commits($repository: String, $after: String) {
  commits(repository: $repository, first: 20, after: $after) {
    totalCount
    nodes {
      abbreviatedOid messageHeadline committedAt url
      author { name login }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
      ...named,
    },
    {
      query: `# By author, words of the message and dates; of one repository, or of all without it.
query Search($repository: String) {
  commits(
    repository: $repository
    first: 20
    filter: { text: "fix", since: "2015-01-01T00:00:00Z" }
  ) {
    nodes { abbreviatedOid messageHeadline committedAt author { name } repository { nameWithOwner } }
  }
}
`,
      ...named,
    },
    {
      query: `# Who has written most, and when.
query Authors($repository: String!) {
  repository(nameWithOwner: $repository) {
    topAuthors(first: 10) {
      nodes { name login isBot commitCount firstCommitAt lastCommitAt }
    }
    activity(last: 12, interval: MONTH) {
      nodes { start commitCount authorCount }
    }
  }
}
`,
      ...named,
    },
    {
      query: `# New commits as they land: press ▶, and again to stop. Of the events the latest twenty are shown.
# Pass the last cursor as "after" to go on from there; "0" is everything.
subscription Follow($after: String) {
  commitsIngested(after: $after) {
    cursor
    kind
    repository { nameWithOwner }
    commits { abbreviatedOid messageHeadline author { name } }
    orphanedOids
  }
}
`,
    },
    {
      query: `# Repositories as they change: state, head, progress of a first history.
subscription Watch {
  repositoryUpdated {
    nameWithOwner state headOid commitCount
  }
}
`,
    },
    {
      query: `# What GitHub allows, what was given up, and what force pushes left behind.
query Operations($repository: String!) {
  rateBudgets { login remaining limit resetAt pausedUntil spentLive spentBackfill }
  failedTasks(first: 10) {
    nodes { repository { nameWithOwner } kind code attempts lastError lastFailedAt }
  }
  historyRewrites(repository: $repository, first: 10) {
    nodes { beforeOid afterOid orphanedCount detectedAt before { messageHeadline } }
  }
}
`,
      ...named,
    },
  ];
}
