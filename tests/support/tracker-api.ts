import { ask } from "./graphql-client.js";

export interface ApiRepository {
  readonly id: string;
  readonly nameWithOwner: string;
  readonly state: string;
  readonly headOid: string | null;
  readonly commitCount: number;
  readonly lastError: string | null;
}

const REPOSITORY_FIELDS = "id nameWithOwner state headOid commitCount lastError";

export async function addRepository(
  url: string,
  repository: string,
): Promise<{ repository: ApiRepository; created: boolean }> {
  const { addRepository: payload } = await ask<{
    addRepository: { repository: ApiRepository; created: boolean };
  }>(
    url,
    `mutation ($url: String!) { addRepository(url: $url) { created repository { ${REPOSITORY_FIELDS} } } }`,
    { url: repository },
  );
  return payload;
}

export async function readRepository(url: string, nameWithOwner: string): Promise<ApiRepository> {
  const { repository } = await ask<{ repository: ApiRepository | null }>(
    url,
    `query ($name: String) { repository(nameWithOwner: $name) { ${REPOSITORY_FIELDS} } }`,
    { name: nameWithOwner },
  );
  if (repository === null) throw new Error(`${nameWithOwner} is not tracked`);
  return repository;
}

/** Every commit of a repository, read page by page; a page may not be longer than asked. */
export async function readAllOids(url: string, repository: string): Promise<string[]> {
  const oids: string[] = [];
  let after: string | null = null;
  do {
    const { commits }: CommitsPage = await ask<CommitsPage>(
      url,
      `query ($repository: String, $after: String) {
        commits(repository: $repository, first: 100, after: $after) {
          nodes { oid } pageInfo { hasNextPage endCursor }
        }
      }`,
      { repository, after },
    );
    oids.push(...commits.nodes.map(({ oid }) => oid));
    after = commits.pageInfo.hasNextPage ? commits.pageInfo.endCursor : null;
  } while (after !== null);
  return oids;
}

interface CommitsPage {
  readonly commits: {
    readonly nodes: readonly { readonly oid: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

export interface ApiEvent {
  readonly commitsIngested: {
    readonly sequence: string;
    readonly cursor: string;
    readonly kind: "LIVE" | "BACKFILL";
    readonly headOid: string | null;
    readonly repository: { readonly nameWithOwner: string };
    readonly commits: readonly { readonly oid: string; readonly messageHeadline: string }[];
  };
}

export const COMMITS_INGESTED = `
  subscription ($after: String, $repositories: [String!], $kinds: [IngestKind!]) {
    commitsIngested(after: $after, repositories: $repositories, kinds: $kinds) {
      sequence cursor kind headOid repository { nameWithOwner } commits { oid messageHeadline }
    }
  }`;
