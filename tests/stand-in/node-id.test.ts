import { describe, expect, test } from "vitest";
import {
  commitId,
  legacyRepositoryId,
  parseNodeId,
  repositoryId,
} from "../../src/github-stand-in/graphql/node-id.js";

const OID = "a3714473feb3d2908add734d340e7755fd85e0a3";

describe("node ids", () => {
  test("are the ones GitHub gave to known repositories, in both forms", () => {
    expect(repositoryId(462047158)).toBe("R_kgDOG4pHtg");
    expect(legacyRepositoryId(335709078)).toBe("MDEwOlJlcG9zaXRvcnkzMzU3MDkwNzg=");
  });

  test("name what they were made of, whatever the size of the number", () => {
    for (const databaseId of [1, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, 2 ** 40]) {
      expect(parseNodeId(repositoryId(databaseId))).toEqual({ type: "Repository", databaseId });
      expect(parseNodeId(legacyRepositoryId(databaseId))).toEqual({
        type: "Repository",
        databaseId,
      });
    }
    expect(parseNodeId(commitId(7, OID))).toEqual({
      type: "Commit",
      repositoryDatabaseId: 7,
      oid: OID,
    });
    expect(parseNodeId(Buffer.from(`06:Commit7:${OID}`).toString("base64"))).toEqual({
      type: "Commit",
      repositoryDatabaseId: 7,
      oid: OID,
    });
  });

  test("of other kinds, cut ones and nonsense name nothing", () => {
    for (const id of ["", "R_", "R_kgDOG4pH", "U_kgDOG4pHtg", "R_!!", "hello", "R_kgDOabcdefg"]) {
      expect(parseNodeId(id)).toBeNull();
    }
  });
});
