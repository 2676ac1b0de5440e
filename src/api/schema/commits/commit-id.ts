import type { Oid } from "../../../domain/commit.js";
import { keyOfId } from "../../../domain/global-id.js";
import { ID_MAX } from "../../../store/list.js";
import { OID } from "../../paging/arguments.js";

const COMMIT_KEY = /^([1-9]\d{0,9}):([0-9a-f]+)$/;

/** Null for what is no such id. */
export function parseCommitId(id: string): { repositoryId: number; oid: Oid } | null {
  const [, repositoryId, oid] = COMMIT_KEY.exec(keyOfId("Commit", id)) ?? [];
  if (repositoryId === undefined || oid === undefined || !OID.test(oid)) return null;
  return Number(repositoryId) > ID_MAX ? null : { repositoryId: Number(repositoryId), oid };
}
