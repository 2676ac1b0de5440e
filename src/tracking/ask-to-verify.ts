import { whyNotVerifiable } from "../domain/verifiability.js";
import { type Database, onPrimary } from "../postgres/database.js";
import { findRepositoriesByIds } from "../store/repositories/repository-reader.js";
import {
  finishVerification,
  readVerification,
  requestVerification,
} from "../store/work/verification-store.js";

/**
 * Has what is stored of a repository held against GitHub. Where that cannot be done now, whoever waits for
 * the result has it at once: why not. Returns whether it can be.
 */
export async function askToVerify(
  { database }: { database: Database },
  repositoryId: number,
  { isDeep }: { isDeep: boolean },
): Promise<boolean> {
  const [repository] = await findRepositoriesByIds(onPrimary(database), [repositoryId]);
  const error = repository === undefined ? null : whyNotVerifiable(repository);
  await database.transaction(async (tx) => {
    await requestVerification(tx, repositoryId, { isDeep });
    if (error === null) return;
    const asked = await readVerification(tx, repositoryId);
    if (asked !== null) await finishVerification(tx, asked, { error });
  });
  return error === null;
}
