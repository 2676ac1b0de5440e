import type { Env } from "./env.js";

const SECOND = 1_000;

export type Role = "api" | "scheduler" | "worker";

/** Which adapters stand behind the ports. */
export type Profile =
  | { readonly kind: "embedded"; readonly dataDir: string }
  | {
      readonly kind: "distributed";
      readonly databaseUrl: string;
      readonly replicaUrls: readonly string[];
      readonly rabbitmqUrl: string;
    };

export interface Config {
  readonly roles: ReadonlySet<Role>;
  readonly profile: Profile;
  /** No token: the built-in stand-in takes GitHub's place. */
  readonly isDemo: boolean;
  readonly http: { readonly host: string; readonly port: number };
  readonly gitHub: {
    readonly apiUrl: string;
    /** Where people see repositories: https://github.com, or the Enterprise Server itself. */
    readonly webUrl: string;
    readonly tokens: readonly Secret[];
    /** Undefined: no webhooks. */
    readonly webhookSecret: Secret | undefined;
  };
  readonly checks: { readonly minMs: number; readonly maxMs: number };
  /** Null: the feed keeps everything. */
  readonly feedRetentionMs: number | null;
  readonly logLevel: string;
  readonly otlpEndpoint: string | undefined;
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

/** Pure: the environment's values with their consequences worked out. */
export function createConfig(env: Env): Config {
  const tokens = [...new Set([...(env.GITHUB_TOKENS ?? []), ...(env.GITHUB_TOKEN ?? [])])];
  const profile: Profile =
    env.DATABASE_URL !== undefined && env.RABBITMQ_URL !== undefined
      ? {
          kind: "distributed",
          databaseUrl: env.DATABASE_URL,
          replicaUrls: env.DATABASE_REPLICA_URLS,
          rabbitmqUrl: env.RABBITMQ_URL,
        }
      : { kind: "embedded", dataDir: env.DATA_DIR };
  const isDemo = profile.kind === "embedded" && tokens.length === 0;
  const apiUrl = (env.GITHUB_API_URL ?? "https://api.github.com").replace(/\/+$/, "");
  return {
    roles: new Set(env.ROLES),
    profile,
    isDemo,
    http: { host: env.HOST, port: env.PORT },
    gitHub: {
      apiUrl,
      webUrl: webUrlOf(apiUrl),
      tokens: tokens.map((token) => new Secret(token)),
      webhookSecret:
        env.GITHUB_WEBHOOK_SECRET === undefined ? undefined : new Secret(env.GITHUB_WEBHOOK_SECRET),
    },
    checks: {
      minMs: env.MIN_CHECK_INTERVAL * SECOND,
      maxMs: env.MAX_CHECK_INTERVAL * SECOND,
    },
    feedRetentionMs: env.FEED_RETENTION === undefined ? null : env.FEED_RETENTION * SECOND,
    logLevel: env.LOG_LEVEL ?? (isDemo ? "warn" : "info"),
    otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
}

/** `https://api.github.com` and a stand-in on loopback serve github.com's names; an Enterprise Server its own. */
function webUrlOf(apiUrl: string): string {
  const { protocol, host, hostname } = new URL(apiUrl);
  const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  if (hostname === "api.github.com" || isLoopback) return "https://github.com";
  return `${protocol}//${host}`;
}
