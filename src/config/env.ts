import { z } from "zod";
import { type Env, envSchema, processSchema } from "./env-schema.js";
import { isSet, readVariableFiles, type Source } from "./variable-files.js";

export type { Env } from "./env-schema.js";

/** What is set, as far as it can be read, and what is wrong with the rest. */
export interface PartialEnv {
  readonly env: Env;
  readonly faults: readonly string[];
  /** Why a process that runs the roles would not start with what can be read. */
  readonly startFaults: readonly string[];
}

const { DATABASE_URL, DATA_DIR, GITHUB_TOKENS, GITHUB_TOKEN } = envSchema.shape;
const databaseEnvSchema = z.object({ DATABASE_URL, DATA_DIR, GITHUB_TOKENS, GITHUB_TOKEN });

const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } = envSchema.shape;
const { OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_TRACES_EXPORTER, OTEL_SDK_DISABLED } = envSchema.shape;
const tracingEnvSchema = z.object({
  ...{ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT },
  ...{ OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_TRACES_EXPORTER, OTEL_SDK_DISABLED },
});

/** What tells whether there are traces. */
export type TracingEnv = z.infer<typeof tracingEnvSchema>;

/** What tells where the database is: all that a command beside a tracker needs. */
export type DatabaseEnv = z.infer<typeof databaseEnvSchema>;

/** All faults at once, a line for each variable: its name and what is wrong, never its value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(readonly faults: readonly string[]) {
    super(faults.join("\n"));
  }
}

/** Reads the variables and their files; an empty one counts as unset. Throws `ConfigError`. */
export function readEnv(source: Source): Env {
  return readWithFiles(processSchema, source);
}

/** The same for whoever looks at each part by itself: a variable that is wrong counts as unset. */
export function readPartialEnv(source: Source): PartialEnv {
  const files = readVariableFiles(source);
  const faults = [...files.faults, ...faultsOf(envSchema, files.values)];
  const wrong = new Set(faults.map((fault) => fault.split(" ")[0]));
  const right = Object.fromEntries(
    Object.entries(files.values).filter(([name]) => !wrong.has(name)),
  );
  return { env: read(envSchema, right), faults, startFaults: faultsOf(processSchema, right) };
}

/** The same for a command that only needs the database. */
export function readTracingEnv(source: Source): TracingEnv {
  return readWithFiles(tracingEnvSchema, source);
}

export function readDatabaseEnv(source: Source): DatabaseEnv {
  return readWithFiles(databaseEnvSchema, source);
}

function readWithFiles<T>(schema: z.ZodObject & z.ZodType<T>, source: Source): T {
  const { values, faults } = readVariableFiles(source, Object.keys(schema.shape));
  if (faults.length === 0) return read(schema, values);
  const isOfFile = (fault: string) =>
    faults.some((ofFile) => ofFile.startsWith(`${fault.split(" ")[0]}_FILE `));
  throw new ConfigError([...faults, ...faultsOf(schema, values).filter((one) => !isOfFile(one))]);
}

function faultsOf(schema: z.ZodType, source: Source): readonly string[] {
  try {
    read(schema, source);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

function read<T>(schema: z.ZodType<T>, source: Source): T {
  const set = Object.entries(source).filter(([, value]) => isSet(value));
  const result = schema.safeParse(Object.fromEntries(set));
  if (result.success) return result.data;
  const faults = new Map<string, string>();
  for (const { path, message } of result.error.issues) {
    const name = String(path[0]);
    if (!faults.has(name))
      faults.set(name, `${name} ${message.replace(/^Invalid \w+: /, "is wrong: ")}`);
  }
  throw new ConfigError([...faults.values()]);
}
