import { connect } from "amqplib";

const CONNECT_TIMEOUT_MS = 5_000;

/** A broker as it presents itself. */
export interface BrokerFacts {
  readonly product: string;
  readonly version: string;
}

/** Looks and changes nothing. Rejects with what the broker or the network says. */
export async function inspectBroker(url: string): Promise<BrokerFacts> {
  const connection = await connect(url, { timeout: CONNECT_TIMEOUT_MS });
  connection.on("error", () => {}); // it is being closed anyway
  try {
    const { product, version } = connection.connection.serverProperties;
    return { product: String(product), version: String(version) };
  } finally {
    await connection.close().catch(() => {});
  }
}
