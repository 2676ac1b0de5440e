import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface ReceivedRequest {
  readonly path: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: { readonly query: string; readonly variables: unknown };
}

/** A real HTTP server that answers what a test tells it to. */
export interface AnsweringServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  handle: Handler;
  stop(): void;
}

export async function startAnsweringServer(): Promise<AnsweringServer> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      const { url: path, headers } = request;
      requests.push({ path, headers, body: text === "" ? null : JSON.parse(text) });
      answering.handle(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const answering: AnsweringServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    handle: () => {},
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return answering;
}

export function answer(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Handler {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

const ACTOR = { name: "A", email: "a@example.org", avatarUrl: null, user: null };

/** A commit as GitHub gives it. */
export function commitNode(oid: string, extra: Readonly<Record<string, unknown>> = {}) {
  return {
    oid,
    message: "m",
    authoredDate: "2024-01-01T00:00:00Z",
    committedDate: "2024-01-01T00:00:00Z",
    author: ACTOR,
    committer: ACTOR,
    parents: parents([]),
    ...extra,
  };
}

/** A commit as GitHub gives it, from a line of `git rev-list --parents`. */
export function commitOfLine(line: string, message: string) {
  const [oid = "", ...oids] = line.split(" ");
  return commitNode(oid, { message, parents: parents(oids) });
}

/** Parents as GitHub gives them: of more than a hundred the first, and where the others are. */
export function parents(
  oids: readonly string[],
  {
    totalCount = oids.length,
    endCursor = null,
  }: { totalCount?: number; endCursor?: string | null } = {},
) {
  const nodes = oids.map((oid) => ({ oid }));
  return { totalCount, nodes, pageInfo: { endCursor, hasNextPage: endCursor !== null } };
}

export function historyBody(
  nodes: readonly unknown[],
  pageInfo: { endCursor: string | null; hasNextPage: boolean } = {
    endCursor: "end",
    hasNextPage: false,
  },
) {
  return {
    data: {
      node: { object: { history: { nodes, pageInfo } } },
      rateLimit: { cost: 1, remaining: 4_321, resetAt: "2030-01-01T00:00:00Z" },
    },
  };
}

/** A repository as GitHub gives it. */
export function repositoryNode(id: string, name: string, headOid: string | null) {
  return {
    __typename: "Repository",
    id,
    databaseId: 1,
    name,
    owner: { login: "o" },
    isArchived: false,
    isDisabled: false,
    isPrivate: false,
    pushedAt: null,
    defaultBranchRef: headOid === null ? null : { name: "main", target: { oid: headOid } },
  };
}
