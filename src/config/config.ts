import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HistoryTransport } from "../domain/history-transport.js";
import type { Role } from "../domain/role.js";
import type { DatabaseEnv, Env, TracingEnv } from "./env.js";
import { tokensOf } from "./env-schema.js";
import { readGitHubPlace } from "./github-place.js";

const SECOND = 1_000;
const MIB = 1_048_576;

/** Which adapters stand behind the ports. */
export type Profile =
  | { readonly kind: "embedded"; readonly dataDir: string }
  | {
      readonly kind: "distributed";
      readonly databaseUrl: string;
      readonly replicaUrls: readonly string[];
      readonly rabbitmqUrl: string;
    };

/** Where the tables are. */
export type DatabasePlace =
  | {
      readonly kind: "embedded";
      readonly dataDir: string;
      readonly isDemo: boolean;
      /** Where it would be with tokens, for the demo; and where the demo's is, with them. */
      readonly siblingDir: string;
    }
  | { readonly kind: "distributed"; readonly databaseUrl: string };

export interface Config {
  readonly roles: ReadonlySet<Role>;
  readonly profile: Profile;
  /** Of this process, at most. */
  readonly databaseConnections: {
    readonly write: number;
    readonly read: number;
    readonly live: number;
  };
  /** No token: the built-in stand-in takes GitHub's place. */
  readonly isDemo: boolean;
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Of what is for operators alone; null: it is at `port` too. */
    readonly metricsPort: number | null;
  };
  readonly api: {
    readonly origins: readonly string[];
    /** Addresses and networks. */
    readonly trustedProxies: readonly string[];
    readonly operationsPerMinute: number;
    readonly isIntrospectable: boolean;
    readonly hasPlayground: boolean;
    readonly hasWeb: boolean;
  };
  readonly gitHub: {
    readonly apiUrl: string;
    /** Where people see repositories: https://github.com, `https://NAME.ghe.com`, or the Enterprise Server itself. */
    readonly webUrl: string;
    /** Root of its repositories for git. */
    readonly gitUrl: string;
    readonly tokens: readonly Secret[];
    /** Undefined: no webhooks. */
    readonly webhookSecret: Secret | undefined;
  };
  readonly histories: {
    readonly transport: HistoryTransport;
    /** By git: at once, of all processes together. */
    readonly transfersMax: number;
    readonly bytesMax: number;
    readonly transferMsMax: number;
    /** In which each has a folder of its own while it is read. */
    readonly folder: string;
  };
  readonly checks: { readonly minMs: number; readonly maxMs: number };
  /** Null: the feed keeps everything. */
  readonly feedRetentionMs: number | null;
  readonly logLevel: string;
  /** Whether there is somebody to send traces to. */
  readonly isTraced: boolean;
}

/** A value that neither JSON nor a log nor a template shows by accident. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return "[secret]";
  }
  toJSON(): string {
    return "[secret]";
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}

/** Pure: the environment's values with their consequences worked out; a terminal shows the demo's banner instead of its log. */
export function createConfig(env: Env, { isTerminal = false } = {}): Config {
  const tokens = tokensOf(env);
  const profile: Profile =
    env.DATABASE_URL !== undefined && env.RABBITMQ_URL !== undefined
      ? {
          kind: "distributed",
          databaseUrl: env.DATABASE_URL,
          replicaUrls: env.DATABASE_REPLICA_URLS,
          rabbitmqUrl: env.RABBITMQ_URL,
        }
      : { kind: "embedded", dataDir: dataDirOf(env) };
  const isDemo = profile.kind === "embedded" && tokens.length === 0;
  return {
    roles: new Set(env.ROLES),
    profile,
    databaseConnections: {
      write: env.DATABASE_WRITE_CONNECTIONS,
      read: env.DATABASE_READ_CONNECTIONS,
      live: env.DATABASE_LIVE_CONNECTIONS,
    },
    isDemo,
    http: { host: env.HOST, port: env.PORT, metricsPort: env.METRICS_PORT ?? null },
    api: {
      origins: env.CORS_ORIGINS,
      trustedProxies: env.TRUSTED_PROXIES,
      operationsPerMinute: env.RATE_LIMIT,
      isIntrospectable: env.INTROSPECTION,
      hasPlayground: env.PLAYGROUND,
      hasWeb: env.WEB ?? env.PLAYGROUND,
    },
    gitHub: {
      ...readGitHubPlace(env.GITHUB_API_URL),
      ...(env.GITHUB_GIT_URL !== undefined && { gitUrl: env.GITHUB_GIT_URL.replace(/\/+$/, "") }),
      tokens: tokens.map((token) => new Secret(token)),
      webhookSecret:
        env.GITHUB_WEBHOOK_SECRET === undefined ? undefined : new Secret(env.GITHUB_WEBHOOK_SECRET),
    },
    histories: {
      transport: env.HISTORY_TRANSPORT,
      transfersMax: env.GIT_TRANSFERS,
      bytesMax: env.GIT_TRANSFER_MIB * MIB,
      transferMsMax: env.GIT_TRANSFER_SECONDS * SECOND,
      folder: env.GIT_FOLDER ?? tmpdir(),
    },
    checks: {
      minMs: env.MIN_CHECK_INTERVAL * SECOND,
      maxMs: env.MAX_CHECK_INTERVAL * SECOND,
    },
    feedRetentionMs: env.FEED_RETENTION === undefined ? null : env.FEED_RETENTION * SECOND,
    logLevel: env.LOG_LEVEL ?? (isDemo && isTerminal ? "warn" : "info"),
    isTraced: isTraced(env),
  };
}

/** What else OpenTelemetry's variables say is read by its SDK. */
export function isTraced(env: TracingEnv): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = env;
  const isOff = env.OTEL_SDK_DISABLED || env.OTEL_TRACES_EXPORTER === "none";
  return !isOff && (all ?? traces) !== undefined;
}

/** The database of a tracker with this environment, for a command beside it. */
export function databasePlace(env: DatabaseEnv): DatabasePlace {
  const { DATABASE_URL: databaseUrl, DATA_DIR } = env;
  if (databaseUrl !== undefined) return { kind: "distributed", databaseUrl };
  const isDemo = tokensOf(env).length === 0;
  const dataDir = dataDirOf(env);
  return { kind: "embedded", dataDir, isDemo, siblingDir: isDemo ? DATA_DIR : demoDirOf(env) };
}

/** The demo's data stays apart: its repositories are none of GitHub's. */
function dataDirOf(env: DatabaseEnv): string {
  return tokensOf(env).length === 0 ? demoDirOf(env) : env.DATA_DIR;
}

function demoDirOf({ DATA_DIR }: DatabaseEnv): string {
  return join(DATA_DIR, "demo");
}
