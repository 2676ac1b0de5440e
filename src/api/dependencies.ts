import type { Logger } from "pino";
import type { ApiKey, RevokedKey } from "../domain/api-key.js";
import type { Repository } from "../domain/repository.js";
import type { RepositoryScope } from "../domain/repository-scope.js";
import type { FeedReader } from "../fanout/feed-reader.js";
import type { RepositoryChanges } from "../fanout/repository-changes.js";
import type { Database } from "../postgres/database.js";
import type { OwnerListing } from "../store/work/listing-store.js";
import type { Metrics } from "../telemetry/metrics/metrics.js";
import type { AddOwnerRequest } from "../tracking/add-owner.js";
import type { AddOutcome } from "../tracking/add-repository.js";
import type { Loaders } from "./execution/loaders.js";
import type { StatisticsReads } from "./execution/statistics-reads.js";
import type { WaitingRooms } from "./http/waiting-room.js";

/** A queue of the broker; nulls where it does not say. */
export interface QueueState {
  readonly name: string;
  readonly readyCount: number | null;
  readonly deadCount: number | null;
}

export interface ReplicaLag {
  /** Host and port. */
  readonly name: string;
  readonly isUsed: boolean;
  /** Null when it did not answer. */
  readonly lagSeconds: number | null;
}

export interface PartVersion {
  readonly name: string;
  readonly version: string;
}

export interface SystemState {
  readonly version: string;
  readonly parts: readonly PartVersion[];
  readonly queues: readonly QueueState[];
  readonly replicas: readonly ReplicaLag[];
}

/** What the resolvers stand on. */
export interface ApiDependencies extends Loaders {
  /** What the caller may see; null: all. All below is limited to it already, but for the feed's reader. */
  readonly scope: RepositoryScope | null;
  readonly database: Database;
  readonly statistics: StatisticsReads;
  readonly addRepository: (request: {
    url: string;
    trackFrom: Date | null;
  }) => Promise<{ repository: Repository; created: boolean }>;
  /** One outcome for each address, in their order. */
  readonly addRepositories: (request: {
    urls: readonly string[];
    trackFrom: Date | null;
  }) => Promise<AddOutcome[]>;
  /** What is known after a while of waiting; rejects with why it could not be carried through. */
  readonly addOwner: (request: AddOwnerRequest) => Promise<OwnerListing>;
  /** How many commits were deleted, or would be. */
  readonly resetCommits: (request: {
    repositoryId: number;
    from: Date;
    dryRun: boolean;
  }) => Promise<number>;
  /** Whether it changed, as of the three that follow. */
  readonly pauseRepository: (repositoryId: number) => Promise<boolean>;
  readonly resumeRepository: (repositoryId: number) => Promise<boolean>;
  readonly retryTask: (repositoryId: number) => Promise<boolean>;
  readonly discardTask: (repositoryId: number) => Promise<boolean>;
  /** Checks it now; false when it is not tracked any more. */
  readonly requestCheck: (repositoryId: number) => Promise<boolean>;
  /** Somebody follows these live from now on, until the function is called. */
  readonly watch: (repositoryIds: ReadonlySet<number>) => () => void;
  /** Has it held against GitHub, soon; false where that cannot be done now. */
  readonly verifyRepository: (
    repositoryId: number,
    options: { isDeep: boolean },
  ) => Promise<boolean>;
  /** How many commits went with it. */
  readonly removeRepository: (repositoryId: number) => Promise<number>;
  /** The feed, as this process knows it. Filters have the scope in them. */
  readonly reader: FeedReader;
  /** The newest sequence there is, whichever process gave it out. */
  readonly latestSequence: () => Promise<bigint>;
  /** How the parts stand that this process works with. */
  readonly readSystem: () => Promise<SystemState>;
  readonly apiKeys: {
    list(): Promise<ApiKey[]>;
    /** Null when there is no such key. */
    revoke(number: number): Promise<RevokedKey | null>;
  };
  readonly repositoryChanges: Pick<RepositoryChanges, "subscribe">;
  /** For operations that wait, whoever's they are. */
  readonly waitingRooms: WaitingRooms;
  /** For the playground's first tab: one that can be added here. */
  readonly exampleRepository: string;
  /** Where people see repositories, without a slash at its end. */
  readonly gitHubWebUrl: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
}
