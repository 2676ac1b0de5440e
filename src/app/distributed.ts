import type { ReplicaLag } from "../api/dependencies.js";
import { openRabbitmqFanout } from "../fanout/rabbitmq-fanout.js";
import { openDatabase } from "../postgres/database.js";
import { migrate } from "../postgres/migrate.js";
import type { ReplicaOptions } from "../postgres/replicas.js";
import { waitForDatabase } from "../postgres/wait-for-database.js";
import { openRabbitmqQueue } from "../queue/rabbitmq-queue.js";
import { openRabbitmqConnection } from "../rabbitmq/connection.js";
import { type Adapters, Closing, type OpenOptions } from "./adapters.js";
import { observeDatabase } from "./process-metrics.js";
import { tellOfRestore } from "./restored-command.js";

interface Distributed {
  readonly databaseUrl: string;
  readonly replicaUrls: readonly string[];
  readonly rabbitmqUrl: string;
}

/** Many processes on one PostgreSQL and one RabbitMQ. Waits for both, saying so, until they answer. */
export async function openDistributed(
  { databaseUrl, replicaUrls, rabbitmqUrl }: Distributed,
  { config, logger, metrics, signal }: Omit<OpenOptions, "onLost">,
): Promise<Adapters> {
  const closing = new Closing(logger);
  try {
    await waitForDatabase(databaseUrl, { logger, signal });
    const migrations = await migrate(databaseUrl, { logger, signal });
    if (migrations.length > 0) logger.info({ migrations }, "migrations applied");
    const replicas = new Map<string, ReplicaLag>();
    const database = openDatabase({
      url: databaseUrl,
      connectionsMax: config.databaseConnections.write,
      readConnectionsMax: config.databaseConnections.read,
      liveConnectionsMax: config.databaseConnections.live,
      observer: observeDatabase(metrics),
      ...(replicaUrls.length > 0 && {
        replicas: replicaOptions(replicaUrls, { logger, metrics, replicas }),
      }),
    });
    closing.add("database", () => database.close());
    await tellOfRestore(database, logger);
    const connection = await openRabbitmqConnection({ url: rabbitmqUrl, logger, signal });
    closing.add("rabbitmq", () => connection.close());
    const queue = await openRabbitmqQueue({ connection, logger });
    closing.add("queue", () => queue.close());
    const fanout = await openRabbitmqFanout({ connection, logger });
    closing.add("fanout", () => fanout.close());
    return {
      database,
      queue,
      fanout,
      replicas: () => [...replicas.values()],
      brokerVersion: connection.version,
      close: () => closing.run(),
    };
  } catch (error) {
    await closing.run();
    throw error;
  }
}

function replicaOptions(
  urls: readonly string[],
  {
    logger,
    metrics,
    replicas,
  }: Pick<OpenOptions, "logger" | "metrics"> & { readonly replicas: Map<string, ReplicaLag> },
): ReplicaOptions {
  return {
    urls,
    logger,
    onRead: (server) => metrics.reads.inc({ server }),
    onChecked({ name, isUsed, lagMs }) {
      const lagSeconds = lagMs === null ? null : lagMs / 1_000;
      replicas.set(name, { name, isUsed, lagSeconds });
      metrics.replicaUsed.set({ replica: name }, isUsed ? 1 : 0);
      metrics.replicaLag.set({ replica: name }, lagSeconds ?? Number.NaN);
    },
  };
}
