// One measurement by autocannon; its arguments come as JSON, its result goes over IPC.
import autocannon from "autocannon";

const { url, body, connections, seconds } = JSON.parse(process.argv[2] ?? "{}");
const result = await autocannon({
  ...{ url, connections, duration: seconds, method: "POST", body },
  headers: { "content-type": "application/json" },
  warmup: { connections, duration: 1 },
});
const { requests, latency, errors, non2xx } = result;
process.send?.({
  perSecond: requests.total / result.duration,
  p50: latency.p50,
  p99: latency.p99,
  failed: errors + non2xx,
});
process.disconnect?.();
