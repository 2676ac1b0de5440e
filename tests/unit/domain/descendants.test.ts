import { describe, expect, it } from "vitest";
import { withDescendants } from "../../../src/domain/descendants.js";

const commit = (oid: string, ...parents: string[]) => ({ oid, parents });

describe("descendants", () => {
  it("are all that lead to a commit, over branches and merges, each once", () => {
    const commits = [
      ...[commit("e", "d", "c"), commit("d", "b"), commit("c", "b"), commit("b", "a")],
      ...[commit("x", "y"), commit("y")],
    ];
    expect(withDescendants(["b"], commits).sort()).toEqual(["b", "c", "d", "e"]);
    expect(withDescendants(["e", "y"], commits).sort()).toEqual(["e", "x", "y"]);
    expect(withDescendants([], commits)).toEqual([]);
  });

  it("are found in a moment also along a chain of a hundred thousand", () => {
    const chain = Array.from({ length: 100_000 }, (_, index) => commit(`${index}`, `${index - 1}`));
    expect(withDescendants(["0"], chain.reverse())).toHaveLength(100_000);
  });
});
