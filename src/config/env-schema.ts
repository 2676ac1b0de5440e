import { z } from "zod";
import { HISTORY_TRANSPORTS } from "../domain/history-transport.js";
import { ROLES } from "../domain/role.js";
import { PUBLIC_API_URL, readGitHubPlace } from "./github-place.js";

export const PORT_DEFAULT = 4_000;
const SECONDS_MAX = 7 * 24 * 3_600;
const CONNECTIONS_MAX = 1_000;
/** What subscriptions read is small and soon done; more would wait for the database itself. */
const LIVE_CONNECTIONS_DEFAULT = 6;
const RETENTION_SECONDS_MAX = 10 * 366 * 24 * 3_600;

const list = z.string().transform((text) =>
  text
    .split(/[,\n]/) // a file has a line for each
    .map((part) => part.trim())
    .filter((part) => part !== ""),
);
const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL starting with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
    );
/** A password in it would come back in the message of whatever fails to be reached. */
const gitHubUrl = url("https:", "http:").refine(
  (text) => !URL.canParse(text) || (new URL(text).username === "" && new URL(text).password === ""),
  "must not hold a user or a password; a token goes into GITHUB_TOKENS",
);
const seconds = z.coerce.number("must be a number of seconds").int().min(1).max(SECONDS_MAX);
const connections = z.coerce
  .number("must be a number of connections")
  .int()
  .min(1)
  .max(CONNECTIONS_MAX);
const network = z.union(
  [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  "must be addresses and networks, such as 10.0.0.0/8 or 2001:db8::/32",
);
const onOrOff = z.stringbool({ error: "must be on or off" });
const TRANSFERS_MAX = 100;
const TRANSFER_MIB_MAX = 1_000_000;
/** A task is handed over before its broker takes it back, after half an hour. */
const TRANSFER_SECONDS_MAX = 900;
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** Every variable a tracker's process reads, with its meaning: the README's table is made from it. */
export const envSchema = z.object({
  GITHUB_TOKENS: list
    .optional()
    .describe("personal access tokens, comma-separated; none: the demo"),
  GITHUB_TOKEN: list.optional().describe("the same, for a single one"),
  GITHUB_API_URL: gitHubUrl
    .optional()
    .describe(
      "GitHub's API, as GitHub Actions has it. Data residency: `https://api.NAME.ghe.com`; Enterprise Server: `https://HOST/api/v3`. Default: `https://api.github.com`",
    ),
  GITHUB_GIT_URL: gitHubUrl
    .optional()
    .describe(
      "where its repositories are fetched from by the git protocol. Default: `https://github.com`, or the data residency or Enterprise Server that `GITHUB_API_URL` names",
    ),
  GITHUB_WEBHOOK_SECRET: z
    .string()
    .optional()
    .describe(
      "secret of GitHub's webhooks to `POST /webhooks/github`; unset: there is no such path",
    ),
  DATABASE_URL: url("postgresql:", "postgres:").optional().describe("PostgreSQL; unset: embedded"),
  DATABASE_REPLICA_URLS: list
    .pipe(z.array(url("postgresql:", "postgres:")))
    .default([])
    .describe("read replicas (streaming standbys) for queries, comma-separated"),
  DATABASE_WRITE_CONNECTIONS: connections
    .default(12)
    .describe("connections of this process to PostgreSQL for its tasks and mutations, at most"),
  DATABASE_READ_CONNECTIONS: connections
    .default(12)
    .describe("and for queries, to it and to each replica"),
  DATABASE_LIVE_CONNECTIONS: connections
    .default(LIVE_CONNECTIONS_DEFAULT)
    .describe("and for what subscriptions read, in a process that has the role `api`"),
  RABBITMQ_URL: url("amqp:", "amqps:").optional().describe("RabbitMQ; unset: embedded"),
  DATA_DIR: z.string().min(1).default(".data").describe("where the embedded parts keep their data"),
  HOST: z
    .string()
    .min(1)
    .default("127.0.0.1")
    .describe("address to listen on; the API needs a key to listen elsewhere than on loopback"),
  PORT: z.coerce
    .number("must be a port number")
    .int()
    .min(0)
    .max(65_535)
    .default(PORT_DEFAULT)
    .describe(
      "port of `/graphql`, `/livez`, and, unless these have their own, `/readyz` and `/metrics`; 0: any free one",
    ),
  METRICS_PORT: z.coerce
    .number("must be a port number")
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe("port of their own for `/readyz` and `/metrics`, which `PORT` then does not have"),
  CORS_ORIGINS: list
    .pipe(z.array(url("https:", "http:")))
    .default([])
    .transform((origins) => origins.map((origin) => new URL(origin).origin))
    .describe(
      "origins, comma-separated, whose pages may use the API besides its own, such as `https://dashboard.example.org`; also your proxy's, if it changes the Host header",
    ),
  TRUSTED_PROXIES: list
    .pipe(z.array(network))
    .default([])
    .describe(
      "addresses and networks, comma-separated, of your proxies, such as `10.0.0.0/8`: what they write into `X-Forwarded-For` counts, anybody else's does not",
    ),
  RATE_LIMIT: z.coerce
    .number("must be a number of operations a minute")
    .int()
    .min(0)
    .default(12_000)
    .describe(
      "operations a minute of one API key (of one address, where there are no keys) in each process; 0: any number",
    ),
  INTROSPECTION: onOrOff.default(true).describe("whether clients may ask for the schema"),
  PLAYGROUND: onOrOff.default(true).describe("whether browsers get GraphiQL at `/graphql`"),
  WEB: onOrOff
    .optional()
    .describe("whether there is the page at `/`; as `PLAYGROUND` where it is not given"),
  ROLES: list
    .pipe(z.array(z.enum(ROLES, `must be of ${ROLES.join(", ")}`)).min(1))
    .default([...ROLES])
    .describe("roles of this process, comma-separated"),
  HISTORY_TRANSPORT: z
    .enum(HISTORY_TRANSPORTS, `must be one of ${HISTORY_TRANSPORTS.join(", ")}`)
    .default("auto")
    .describe(
      "how histories come in: `api` by GitHub's API alone, `git` by the git protocol, `auto` by whichever is better for each. What fails by git goes on by the API",
    ),
  GIT_TRANSFERS: z.coerce
    .number("must be a number of transfers")
    .int()
    .min(1)
    .max(TRANSFERS_MAX)
    .default(4)
    .describe("histories that come in by git at once, of all processes together, at most"),
  GIT_TRANSFER_MIB: z.coerce
    .number("must be a number of MiB")
    .int()
    .min(1)
    .max(TRANSFER_MIB_MAX)
    .default(4_000)
    .describe(
      "size of one of them, at most; on disk it takes about as much again while it is read",
    ),
  GIT_TRANSFER_SECONDS: z.coerce
    .number("must be a number of seconds")
    .int()
    .min(1)
    .max(TRANSFER_SECONDS_MAX)
    .default(900)
    .describe("and how long it may take to arrive, at most 900"),
  GIT_FOLDER: z
    .string()
    .min(1)
    .optional()
    .describe("where they are kept while they are read. Default: the system's temporary folder"),
  MIN_CHECK_INTERVAL: seconds
    .default(10)
    .describe("seconds between checks of one repository, at least"),
  MAX_CHECK_INTERVAL: seconds
    .default(3_600)
    .describe("and at most, while four fifths of the checks that GitHub's budget affords carry it"),
  FEED_RETENTION: z.coerce
    .number("must be a number of seconds")
    .int()
    .min(1)
    .max(RETENTION_SECONDS_MAX)
    .optional()
    .describe(
      "seconds that the feed keeps its events for whoever comes back with a cursor; commits stay. Unset: for ever",
    ),
  LOG_LEVEL: z
    .enum(LOG_LEVELS)
    .optional()
    .describe(`${LOG_LEVELS.join(", ")}. Default: info, for the demo on a terminal warn`),
  OTEL_EXPORTER_OTLP_ENDPOINT: url("https:", "http:")
    .optional()
    .describe("OpenTelemetry collector, by OTLP over HTTP as JSON; unset: no traces"),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url("https:", "http:")
    .optional()
    .describe("the same for traces, as a whole address"),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(["http/json", "http/protobuf"], "must be http/json: OTLP goes over HTTP here")
    .optional()
    .describe("`http/json`, or `http/protobuf`, whose collectors take JSON at the same address"),
  OTEL_TRACES_EXPORTER: z
    .enum(["otlp", "none"], "must be otlp or none")
    .default("otlp")
    .describe("`otlp`, or `none` for no traces"),
  OTEL_SDK_DISABLED: onOrOff.default(false).describe("whether there are no traces in any case"),
});

/** The same with what they mean to each other, for a process that runs the roles. */
export const processSchema = envSchema.superRefine((env, context) => {
  const fault = (path: string, message: string) =>
    context.addIssue({ code: "custom", path: [path], message });
  if (env.METRICS_PORT === env.PORT && env.PORT !== 0) {
    fault("METRICS_PORT", "must be another than PORT");
  }
  if (env.MIN_CHECK_INTERVAL > env.MAX_CHECK_INTERVAL) {
    fault("MIN_CHECK_INTERVAL", "must not be greater than MAX_CHECK_INTERVAL");
  }
  if (env.DATABASE_URL !== undefined && env.RABBITMQ_URL === undefined) {
    fault("RABBITMQ_URL", "must be set too when DATABASE_URL is");
  }
  if (env.RABBITMQ_URL !== undefined && env.DATABASE_URL === undefined) {
    fault("DATABASE_URL", "must be set too when RABBITMQ_URL is");
  }
  if (env.RABBITMQ_URL === undefined && env.ROLES.length < ROLES.length) {
    fault("ROLES", "can be split over processes only with DATABASE_URL and RABBITMQ_URL");
  }
  const isDistributed = env.DATABASE_URL !== undefined && env.RABBITMQ_URL !== undefined;
  if (tokensOf(env).length === 0) {
    // Every job of GitHub Actions has the variable; the public API without a token is the demo.
    const isPublic = readGitHubPlace(env.GITHUB_API_URL).apiUrl === PUBLIC_API_URL;
    if (!isPublic && !isDistributed) {
      fault("GITHUB_TOKENS", "must be set when GITHUB_API_URL is another than github.com's");
    }
    if (isDistributed && env.ROLES.includes("worker")) {
      fault("GITHUB_TOKENS", "must be set for a worker");
    }
  }
});

export type Env = z.infer<typeof envSchema>;

/** Each once; a variable that holds commas only holds none. */
export function tokensOf({
  GITHUB_TOKENS = [],
  GITHUB_TOKEN = [],
}: Pick<Env, "GITHUB_TOKENS" | "GITHUB_TOKEN">): string[] {
  return [...new Set([...GITHUB_TOKENS, ...GITHUB_TOKEN])];
}
