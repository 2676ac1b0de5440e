import type { Logger } from "pino";
import type { WalkKind } from "../domain/work.js";
import type { Database } from "../postgres/database.js";
import {
  endTransfer,
  renewTransfer,
  type TransferProgress,
  type TransferRefusal,
  takeTransfer,
} from "../store/work/transfer-store.js";
import { holdWork } from "../store/work/work-store.js";

/** One of the places for transfers, kept by signs of life until it is given back. */
export interface TransferInHand {
  /** Aborted when another process has taken it. */
  readonly lost: AbortSignal;
  /** What the next sign of life tells. */
  note(progress: Partial<TransferProgress>): void;
  /** With `awayMs` the repository is left alone for so long. Never rejects. */
  end(options: { awayMs: number | null }): Promise<void>;
}

export interface TransferOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly by: WalkKind;
  readonly placesMax: number;
}

const SIGN_OF_LIFE_MS = 2_000;

/** A place, or why there is none now. */
export async function takeInHand(
  repositoryId: number,
  { database, logger, by, placesMax }: TransferOptions,
): Promise<TransferInHand | TransferRefusal> {
  const { primary } = database;
  const transfer = await database.transaction((tx) =>
    takeTransfer(tx, repositoryId, { placesMax }),
  );
  if (typeof transfer === "string") return transfer;
  const losing = new AbortController();
  let progress: TransferProgress = { receivedBytes: 0, commitCount: null, doneCount: 0 };
  let telling: Promise<void> | null = null;

  const tell = async (): Promise<void> => {
    try {
      if (!(await renewTransfer(primary, transfer, progress))) {
        losing.abort(new Error("another process has this transfer in hand"));
        return;
      }
      await holdWork(primary, by, repositoryId);
    } catch (err) {
      logger.debug({ err }, "a transfer could not show that it lives");
    } finally {
      telling = null;
    }
  };

  const timer = setInterval(() => {
    telling ??= tell();
  }, SIGN_OF_LIFE_MS);
  return {
    lost: losing.signal,
    note(change) {
      progress = { ...progress, ...change };
    },
    async end(options) {
      clearInterval(timer);
      await telling;
      await endTransfer(primary, transfer, options).catch((err: unknown) => {
        logger.warn({ err }, "a transfer's place comes back when its lease ends");
      });
    },
  };
}
