import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pruneFeed } from "../../src/store/feed/feed-pruning.js";
import { eventually } from "../support/eventually.js";
import { RawSocket } from "../support/raw-socket.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const BOOKMARK_MS = 200;
const MORE_THAN_A_PROCESS_REMEMBERS = 300;
const SUBSCRIPTION = `subscription ($repositories: [String!], $after: String, $bookmarks: Boolean) {
  commitsIngested(repositories: $repositories, after: $after, bookmarks: $bookmarks) {
    sequence cursor kind commits { oid } repository { nameWithOwner } } }`;

interface Told {
  readonly sequence: string;
  readonly cursor: string;
  readonly kind: string;
  readonly commits: readonly unknown[];
  readonly repository: { readonly nameWithOwner: string } | null;
}

describe("a filtered subscriber's bookmarks", () => {
  let api: TestApi;
  let rare: number;
  let busy: number;
  let seed = 0;
  beforeAll(async () => {
    api = await startTestApi({ connectionLimits: { bookmarkMs: BOOKMARK_MS } });
    rare = await storeRepository(api.database, "octo", "rare");
    busy = await storeRepository(api.database, "octo", "busy");
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  async function store(repositoryId: number): Promise<string> {
    seed += 1;
    const sequence = await storeEvent(api.database, repositoryId, line(seed, 1));
    await api.ring();
    return String(sequence);
  }
  const toldOf = (raw: RawSocket, id = "1") =>
    raw
      .of("next", id)
      .map(({ payload }) => (payload as { data: { commitsIngested: Told } }).data.commitsIngested);

  const attended = (count: number) =>
    eventually(async () =>
      expect((await api.metrics.subscribers.get()).values[0]?.value).toBe(count),
    );

  it("move its cursor while others' events pass, and tell nothing else", async () => {
    await using raw = await RawSocket.ready(api.url);
    raw.subscribe("1", SUBSCRIPTION, { repositories: ["octo/rare"], bookmarks: true });
    await attended(1);
    const own = await store(rare);
    await eventually(() => expect(toldOf(raw).at(-1)?.sequence).toBe(own));
    const last = await eventually(async () => {
      const others = await store(busy);
      expect(toldOf(raw).some(({ kind }) => kind === "BOOKMARK")).toBe(true);
      return others;
    });
    await eventually(() => expect(toldOf(raw).at(-1)?.cursor).toBe(last));
    const bookmarks = toldOf(raw).filter(({ kind }) => kind === "BOOKMARK");
    for (const { commits, repository, cursor, sequence } of bookmarks) {
      expect({ commits, repository }).toEqual({ commits: [], repository: null });
      expect(cursor).toBe(sequence);
      expect(BigInt(sequence)).toBeGreaterThan(BigInt(own));
    }
    const sequences = toldOf(raw).map(({ sequence }) => Number(sequence));
    expect(sequences).toEqual([...new Set(sequences)].sort((one, other) => one - other));
  });

  it("let it come back after what it did not follow is pruned, as long as nothing of its own is", async () => {
    await using raw = await RawSocket.ready(api.url);
    raw.subscribe("1", SUBSCRIPTION, { repositories: ["octo/rare"], after: "0", bookmarks: true });
    raw.subscribe("2", SUBSCRIPTION, { repositories: ["octo/rare"], after: "0" });
    let last = "0";
    for (let count = 0; count < MORE_THAN_A_PROCESS_REMEMBERS; count += 1) last = await store(busy);
    await eventually(() => expect(toldOf(raw).at(-1)?.cursor).toBe(last));
    const bookmark = last;
    const without = toldOf(raw, "2").at(-1)?.cursor ?? "0";
    expect(toldOf(raw, "2").every(({ kind }) => kind !== "BOOKMARK")).toBe(true);
    await api.database.transaction((tx) =>
      pruneFeed(tx, { olderThanMs: 0, limit: Number(bookmark) }),
    );
    await using again = await RawSocket.ready(api.url);
    again.subscribe("1", SUBSCRIPTION, { repositories: ["octo/rare"], after: bookmark });
    again.subscribe("2", SUBSCRIPTION, { repositories: ["octo/rare"], after: without });
    expect(JSON.stringify(await again.hear("error", "2"))).toContain("CURSOR_EXPIRED");
    const own = await store(rare);
    await eventually(() => expect(toldOf(again).map(({ sequence }) => sequence)).toEqual([own]));
  });

  it("are not kinds to filter by", async () => {
    await using raw = await RawSocket.ready(api.url);
    raw.subscribe("1", "subscription { commitsIngested(kinds: [BOOKMARK]) { sequence } }");
    expect(JSON.stringify(await raw.hear("next", "1"))).toContain("BAD_USER_INPUT");
  });
});
