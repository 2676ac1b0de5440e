import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FeedChannel } from "../../src/api/live/feed-channel.js";
import { deliverFeed } from "../../src/api/live/feed-delivery.js";
import type { MessageSink } from "../../src/api/live/message-sink.js";
import { createSendingTurns } from "../../src/api/live/sending-turns.js";
import { INGEST_KINDS, type IngestKind } from "../../src/domain/feed-event.js";
import { EVERYTHING, type FeedFilter } from "../../src/domain/feed-filter.js";
import type { Fanout } from "../../src/fanout/fanout.js";
import { type FeedReader, startFeedReader } from "../../src/fanout/feed-reader.js";
import type { Database } from "../../src/postgres/database.js";
import { readEvents, readFeedStatus } from "../../src/store/feed/feed-store.js";
import { eventually } from "../support/eventually.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { line, storeEvent, storeRepository } from "./rows.js";

const RUNS = 60;
const HEARTBEAT_MS = 40;
const FAR_TOO_MUCH = 1_000_000;
const logger = pino({ level: "silent" });

/** A doorbell that does all that a broker may do to a message. */
const FATES = ["deliver", "lose", "repeat", "hold"] as const;
type Fate = (typeof FATES)[number];

class ChaoticFanout implements Fanout {
  fate: Fate = "deliver";
  readonly #listeners = new Set<(sequence: bigint) => void>();
  #held: bigint[] = [];

  async ring(sequence: bigint): Promise<void> {
    if (this.fate === "lose") return;
    if (this.fate === "hold") this.#held.push(sequence);
    else this.#tell(sequence);
    if (this.fate === "repeat") this.#tell(sequence);
  }
  /** What was held comes late, and the last first. */
  release(): void {
    for (const sequence of this.#held.reverse()) this.#tell(sequence);
    this.#held = [];
  }
  #tell(sequence: bigint): void {
    for (const listener of this.#listeners) listener(sequence);
  }
  async listen(listener: (sequence: bigint) => void) {
    this.#listeners.add(listener);
    return async () => void this.#listeners.delete(listener);
  }
  isReady = () => true;
  close = async () => {};
}

/** One API process, as far as the feed goes. */
class Instance {
  readonly #channels = new Map<FeedFilter, FeedChannel>();
  /** Few bytes, so that turns end between events. */
  readonly turns = createSendingTurns(64);
  private constructor(readonly reader: FeedReader) {}

  static async start(database: Database, fanout: Fanout): Promise<Instance> {
    const reader = await startFeedReader({
      ...{ fanout, logger, heartbeatMs: HEARTBEAT_MS },
      readEvents: (after, limit, filter) => readEvents(database, after, limit, filter),
      latestSequence: async () => (await readFeedStatus(database)).sequence,
    });
    return new Instance(reader);
  }
  channel(filter: FeedFilter): FeedChannel {
    const known = this.#channels.get(filter);
    if (known !== undefined) return known;
    const channel = new FeedChannel({
      ...{ reader: this.reader, filter, turns: this.turns },
      ...{ onDelivered: () => {}, bookmarkMs: null },
      render: async ({ sequence, commits }) =>
        Buffer.from(`${sequence} ${commits.map(({ oid }) => oid.slice(0, 12)).join(",")}`),
    });
    this.#channels.set(filter, channel);
    return channel;
  }
  async stop(): Promise<void> {
    for (const channel of this.#channels.values()) channel.close();
    await this.reader.stop();
  }
}

/** A client that keeps what it received over all its connections, and comes back with its cursor. */
class Subscriber {
  readonly received: string[] = [];
  #connection: Connection | null = null;

  constructor(
    readonly filter: FeedFilter,
    public cursor: bigint,
  ) {}

  come(instance: Instance): void {
    if (this.#connection !== null) return;
    this.#connection = new Connection(this, instance);
  }
  async leave(): Promise<void> {
    await this.#connection?.cut();
    this.#connection = null;
  }
  congest(isCongested: boolean): void {
    this.#connection?.congest(isCongested);
  }
  isOn(instance: Instance): boolean {
    return this.#connection?.instance === instance;
  }
}

class Connection {
  #isCongested = false;
  #isCut = false;
  #buffered: string[] = [];
  #flushing: (() => void)[] = [];
  readonly #delivery: ReturnType<typeof deliverFeed>;

  constructor(
    private readonly subscriber: Subscriber,
    readonly instance: Instance,
  ) {
    const isCongested = () => this.#isCongested;
    const sink: MessageSink = {
      push: (payload) => {
        this.#buffered.push(String(payload));
        if (!this.#isCongested) this.#flush();
      },
      get bufferedBytes() {
        return isCongested() ? FAR_TOO_MUCH : 0;
      },
      flushed: () =>
        this.#isCongested
          ? new Promise((resolve) => this.#flushing.push(resolve))
          : Promise.resolve(),
      close: () => void this.cut(),
    };
    this.#delivery = deliverFeed({
      ...{ reader: instance.reader, channel: instance.channel(subscriber.filter), sink },
      ...{ filter: subscriber.filter, after: subscriber.cursor, turns: instance.turns },
      onTooSlow: () => {},
    });
  }
  congest(isCongested: boolean): void {
    this.#isCongested = isCongested;
    if (!isCongested) this.#flush();
  }
  /** What was still buffered is lost with the connection. */
  async cut(): Promise<void> {
    this.#isCut = true;
    for (const resolve of this.#flushing.splice(0)) resolve();
    await this.#delivery.iterator.return?.();
    await this.#delivery.ended;
  }
  #flush(): void {
    if (this.#isCut) return;
    for (const message of this.#buffered.splice(0)) {
      this.subscriber.received.push(message);
      this.subscriber.cursor = BigInt(message.split(" ", 1)[0] ?? "");
    }
    for (const resolve of this.#flushing.splice(0)) resolve();
  }
}

const AUTHORS = ["login-1", "author2@example.org", "author 0"];
const subscriberNumber = fc.nat({ max: 7 });
const instanceNumber = fc.nat({ max: 1 });
const page = fc.record({
  repository: fc.nat({ max: 2 }),
  kind: fc.constantFrom(...INGEST_KINDS),
  commits: fc.integer({ min: 1, max: 4 }),
});
const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("store"),
      pages: fc.array(page, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("fate"), fate: fc.constantFrom(...FATES) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release") }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("come"), who: subscriberNumber, where: instanceNumber }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave"), who: subscriberNumber }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("congest"), who: subscriberNumber, on: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart"), where: instanceNumber }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("look") }) },
);
type Action = {
  readonly do: string;
  readonly pages?: readonly { repository: number; kind: IngestKind; commits: number }[];
  readonly fate?: Fate;
  readonly who?: number;
  readonly where?: number;
  readonly on?: boolean;
};

describe("the feed, whatever happens on the way", () => {
  let test: TestDatabase;
  let repositoryIds: number[];
  let seed = 0;
  beforeAll(async () => {
    test = await createTestDatabase();
    repositoryIds = [];
    for (const name of ["one", "two", "three"]) {
      repositoryIds.push(await storeRepository(test.database, "octo", name));
    }
  });
  afterAll(() => test[Symbol.asyncDispose]());

  /** Told by the tables alone. */
  async function expected(filter: FeedFilter, after: bigint): Promise<string[]> {
    const rows = await test.database.primary.$queryRaw<{ text: string }[]>`
      select e.sequence || ' ' || string_agg(left(encode(c.oid, 'hex'), 12), ',' order by c.position) as text
        from feed_event e join commit c on c.event_id = e.id
        join actor a on a.repository_id = c.repository_id and a.hash = c.author_hash
       where e.sequence > ${after}
         and (${filter.repositoryIds && [...filter.repositoryIds]}::int[] is null
              or e.repository_id = any(${filter.repositoryIds && [...filter.repositoryIds]}::int[]))
         and (${filter.kinds && [...filter.kinds]}::text[] is null
              or e.kind::text = any(${filter.kinds && [...filter.kinds]}::text[]))
         and (${filter.author}::text is null or ${filter.author} in
              (lower(a.login), lower(a.email), lower(a.name)))
       group by e.sequence order by e.sequence`;
    return rows.map(({ text }) => text);
  }

  async function perform(actions: readonly Action[]): Promise<void> {
    const start = (await readFeedStatus(test.database)).sequence;
    const fanout = new ChaoticFanout();
    const instances = [
      await Instance.start(test.database, fanout),
      await Instance.start(test.database, fanout),
    ];
    const filters: FeedFilter[] = [
      EVERYTHING,
      { ...EVERYTHING, repositoryIds: new Set(repositoryIds.slice(0, 2)) },
      { ...EVERYTHING, kinds: new Set<IngestKind>(["LIVE"]) },
      { ...EVERYTHING, author: AUTHORS[seed % AUTHORS.length] ?? null },
    ];
    // Two for each filter: they share their channel where they meet.
    const subscribers = [...filters, ...filters].map((filter) => new Subscriber(filter, start));
    const instanceAt = (index: number) => instances[index] ?? fail();
    const subscriberAt = (index: number) => subscribers[index] ?? fail();

    async function act(one: Action): Promise<void> {
      const { who = 0, where = 0 } = one;
      switch (one.do) {
        case "store":
          await Promise.all(
            (one.pages ?? []).map(async ({ repository, kind, commits }) => {
              seed += 1;
              const id = repositoryIds[repository] ?? 0;
              await fanout.ring(await storeEvent(test.database, id, line(seed, commits), { kind }));
            }),
          );
          break;
        case "fate":
          fanout.fate = one.fate ?? "deliver";
          break;
        case "release":
          fanout.release();
          break;
        case "come":
          subscriberAt(who).come(instanceAt(where));
          break;
        case "leave":
          await subscriberAt(who).leave();
          break;
        case "congest":
          subscriberAt(who).congest(one.on ?? false);
          break;
        case "restart": {
          const old = instanceAt(where);
          for (const one of subscribers) if (one.isOn(old)) await one.leave();
          await old.stop();
          instances[where] = await Instance.start(test.database, fanout);
          break;
        }
        case "look": {
          // A fact to wait on: whoever is connected to this one and not congested may go on.
          const { sequence } = await readFeedStatus(test.database);
          await eventually(() => expect(instanceAt(0).reader.position()).toBe(sequence));
          break;
        }
      }
    }

    try {
      for (const one of actions) await act(one);
      for (const one of subscribers) {
        one.congest(false);
        one.come(instanceAt(0));
      }
      for (const one of subscribers) {
        const wanted = await expected(one.filter, start);
        await eventually(() => expect(one.received).toEqual(wanted), 5_000);
      }
    } finally {
      for (const one of subscribers) await one.leave();
      for (const instance of instances) await instance.stop();
    }
  }

  it(`reaches every subscriber once and in order, over all its connections (${RUNS} random runs)`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action as fc.Arbitrary<Action>, { minLength: 5, maxLength: 30 }),
        perform,
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 300_000);
});

function fail(): never {
  throw new Error("there is no such one");
}
