import type { SystemQuery } from "../operations.generated.js";
import { formatCount } from "../text/numbers.js";
import { duration } from "../text/times.js";

type System = SystemQuery["system"];

const NAMES: Readonly<Record<string, string>> = {
  check: "Checks",
  pull: "Pushes to fetch",
  backfill: "First histories",
  verify: "Verifications",
  listing: "Owners to list",
};

const countOrUnknown = (count: number | null) => (count === null ? "?" : formatCount(count));

/** What waits for a worker. */
export function Queues({ queues }: { readonly queues: System["queues"] }) {
  return (
    <section class="card padded" aria-label="Queues">
      <h2>Queues</h2>
      <table class="small-table">
        <thead>
          <tr>
            <th scope="col">Tasks</th>
            <th scope="col">waiting</th>
            <th scope="col">dead</th>
          </tr>
        </thead>
        <tbody>
          {queues.map(({ name, readyCount, deadCount }) => (
            <tr key={name}>
              <th scope="row">{NAMES[name] ?? name}</th>
              <td>{countOrUnknown(readyCount)}</td>
              <td class={deadCount ? "is-bad-text" : ""}>{countOrUnknown(deadCount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Who answers queries beside the primary. */
export function Replicas({ replicas }: { readonly replicas: System["replicas"] }) {
  return (
    <section class="card padded" aria-label="Replicas">
      <h2>Replicas</h2>
      {replicas.length === 0 ? (
        <p class="quiet">None: the primary answers queries. DATABASE_REPLICA_URLS names some.</p>
      ) : (
        <table class="small-table">
          <thead>
            <tr>
              <th scope="col">Server</th>
              <th scope="col">behind</th>
              <th scope="col">used</th>
            </tr>
          </thead>
          <tbody>
            {replicas.map(({ name, isUsed, lagSeconds }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{lagSeconds === null ? "no answer" : duration(lagSeconds)}</td>
                <td>{isUsed ? "yes" : "left out"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** What it is and what it runs on, for who reports a fault or plans an upgrade. */
export function Versions({ version, parts }: Pick<System, "version" | "parts">) {
  return (
    <section class="card padded" aria-label="Versions">
      <h2>Versions</h2>
      <table class="small-table">
        <tbody>
          {[{ name: "This tracker", version }, ...parts].map((part) => (
            <tr key={part.name}>
              <th scope="row">{part.name}</th>
              <td>{part.version}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
