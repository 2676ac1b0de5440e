import type { IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";
import { PacketReader } from "../../git/pkt-line.js";

const REQUEST_BYTES_MAX = 4 * 1_024 * 1_024; // a thousand wants and haves are 100 kB

/** Where git's clients ask: what a server can do, then for refs or for commits. */
export interface GitPath {
  readonly owner: string;
  readonly name: string;
  readonly kind: "advertisement" | "service";
}

/** What a request wants, for the log and for faults. */
export interface GitCommand {
  /** Like a GraphQL operation's name: `git fetch`, `git ls-refs`, `git advertisement`. */
  readonly operationName: string;
  readonly wants: readonly string[];
  readonly haves: readonly string[];
  readonly filter: string | null;
}

export function gitPathOf(method: string | undefined, url: URL): GitPath | null {
  const [, owner, name, place] =
    /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack)$/.exec(url.pathname) ?? [];
  if (owner === undefined || name === undefined) return null;
  const isService = place === "git-upload-pack";
  if (method !== (isService ? "POST" : "GET")) return null;
  if (!isService && url.searchParams.get("service") !== "git-upload-pack") return null;
  return {
    owner: decodeURIComponent(owner),
    name: decodeURIComponent(name),
    kind: isService ? "service" : "advertisement",
  };
}

export async function readGitBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= REQUEST_BYTES_MAX) chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}

export function readCommand({ kind }: GitPath, body: Buffer): GitCommand {
  const lines = linesOf(body);
  const after = (start: string) =>
    lines.flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []));
  const name = kind === "advertisement" ? kind : (after("command=")[0] ?? "fetch");
  const [filter = null] = after("filter ");
  return { operationName: `git ${name}`, wants: after("want "), haves: after("have "), filter };
}

/** Git's own server says what is wrong with a body that holds no packets. */
function linesOf(body: Buffer): string[] {
  try {
    const packets = [...new PacketReader().push(body)];
    return packets.flatMap((each) =>
      each instanceof Buffer ? [each.toString("utf8").trim()] : [],
    );
  } catch {
    return [];
  }
}
