import type { Oid } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";

export interface NewRewrite {
  readonly repositoryId: number;
  readonly beforeOid: Oid;
  readonly afterOid: Oid;
  readonly orphanedCount: number;
  readonly restoredCount: number;
}

/** Remembers that a complete head was rewritten away. */
export async function insertRewrite(tx: Transaction, rewrite: NewRewrite): Promise<void> {
  await tx.historyRewrite.create({
    data: {
      repositoryId: rewrite.repositoryId,
      beforeOid: Buffer.from(rewrite.beforeOid, "hex"),
      afterOid: Buffer.from(rewrite.afterOid, "hex"),
      orphanedCount: rewrite.orphanedCount,
      restoredCount: rewrite.restoredCount,
    },
  });
}

export async function deleteRewrites(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.historyRewrite.deleteMany({ where: { repositoryId } });
}
