import type { ApiKey, RevokedKey } from "../domain/api-key.js";
import type { NewApiKey } from "../store/keys/api-key-store.js";
import type { ServerClient } from "./client/server-client.js";
import type { Confirm } from "./confirmation.js";
import type { Finding } from "./finding.js";
import type { Output } from "./terminal/output.js";

/** What a command works with. */
export interface Tools {
  /** The running tracker. Only commands that ask for it are troubled by a wrong address. */
  readonly server: () => ServerClient;
  readonly output: Output;
  /** Aborted by Ctrl-C and by SIGTERM; a command that never asks for it is ended by them at once. */
  readonly interrupt: () => AbortSignal;
  /** Nothing went wrong, but the answer is no: the process ends with exit code 1. */
  readonly answerNo: () => void;
  /** How to ask before something is taken away; rejects at once where nobody can be asked. */
  readonly confirming: (isYes: boolean) => Confirm;
  readonly env: NodeJS.ProcessEnv;
  readonly local: LocalTasks;
}

/** What is done beside a server and not by it, on this process's own configuration. */
export interface LocalTasks {
  /** Applies the database's migrations; the names of those that were missing. */
  migrate(): Promise<readonly string[]>;
  /** Empties what is derived from the commits, for a scheduler to fill again: what is named, or all; its names. */
  rebuild(names: readonly string[]): Promise<readonly string[]>;
  /** Has the feed go on behind every sequence that it may have given out: from the one to the other. */
  declareRestored(): Promise<{ readonly after: bigint; readonly upTo: bigint }>;
  /** Looks at everything that the configuration names; GitHub is asked nothing while it said to wait. */
  diagnose(options: { gitHubPausedUntil: Date | null }): AsyncIterable<Finding>;
  /** The API's keys in the database, whether a server runs on it or not. */
  keys(): Promise<KeyTasks>;
}

export interface KeyTasks {
  /** Which one the keys are in, for people. */
  readonly database: string;
  /** The only time that a secret is told. */
  create(key: NewApiKey): Promise<{ key: ApiKey; secret: string }>;
  /** The key that `TRACKER_API_KEY` holds; one that is there already stays as it is. */
  register(key: NewApiKey): Promise<ApiKey>;
  list(): Promise<readonly ApiKey[]>;
  /** Null when there is no such key. */
  revoke(id: number): Promise<RevokedKey | null>;
}
