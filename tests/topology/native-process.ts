import { eventually } from "../support/eventually.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

/** One container of the compose file, as a process: started again it has the same address. */
export interface NativeProcess {
  readonly url: string;
  /** Told to end, and started again as soon as it has. */
  restart(): Promise<void>;
  /** Killed, and started again. */
  crash(): Promise<void>;
  /** The last that it wrote. */
  output(): string;
  stop(): Promise<unknown>;
}

export async function startNativeProcess(
  env: Readonly<Record<string, string>>,
): Promise<NativeProcess> {
  let running: TrackerProcess = startTracker(env);
  const url = await running.url();
  const metricsUrl = /"metricsUrl":"([^"]+?)\/?"/.exec(running.output())?.[1] ?? url;
  const isReady = () =>
    eventually(async () => {
      const { status } = await fetch(`${metricsUrl}/readyz`);
      if (status !== 200) throw new Error(`not ready: ${running.output().slice(-2_000)}`);
    }, 60_000);
  const ports = { PORT: new URL(url).port, METRICS_PORT: new URL(metricsUrl).port };
  const endBy = async (signal: NodeJS.Signals) => {
    await running.stop(signal);
    running = startTracker({ ...env, ...ports });
    await isReady();
  };
  await isReady();
  return {
    url,
    restart: () => endBy("SIGTERM"),
    crash: () => endBy("SIGKILL"),
    output: () => running.output(),
    stop: () => running.stop(),
  };
}
