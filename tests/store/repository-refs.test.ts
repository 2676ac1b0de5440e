import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  findRepository,
  findRepositoryIds,
} from "../../src/store/repositories/repository-reader.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { storeRepository } from "../api/rows.js";
import { explain } from "../support/explain.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

describe("references to repositories", () => {
  let test: TestDatabase;
  const refs: string[] = [];
  beforeAll(async () => {
    test = await createTestDatabase();
    const { database } = test;
    for (const name of ["one", "Two", "three.js", "gone"]) {
      const id = await storeRepository(database, "Octo", name);
      refs.push(String(id), `Octo/${name}`, `OCTO/${name.toUpperCase()}`);
      await database.primary.repositoryName.create({
        data: { nameKey: `former/${name.toLowerCase()}`, repositoryId: id },
      });
      refs.push(`Former/${name}`);
      if (name === "gone") await removeRepository({ database }, id);
    }
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  const odd = [
    ...[
      "",
      "/",
      "octo/",
      "/one",
      "octo/one/",
      "octo//one",
      "octo/one/x",
      " octo/one",
      "octo/one\0",
    ],
    ...["0", "-1", "01", "1.0", "1e0", "2147483647", "2147483648", "99999999999999999999", "\0"],
    ...["octo/nowhere", "ⅷ/one", "octo/\uD800", "OCTO/ONE\u0307", "o'c\"t{o}/n,u\\ll", "null"],
  ];

  it("find alone and together the same, each in its place, whatever they are", async () => {
    const { database } = test;
    const alone = new Map<string, number | null>();
    for (const ref of [...refs, ...odd]) {
      alone.set(ref, (await findRepository(database, ref))?.id ?? null);
    }
    expect([...alone.values()].filter((id) => id !== null)).toHaveLength(12);
    const some = fc.array(
      fc.oneof(fc.constantFrom(...refs), fc.constantFrom(...odd), fc.string({ maxLength: 20 })),
      { maxLength: 100 },
    );
    await fc.assert(
      fc.asyncProperty(some, async (asked) => {
        for (const ref of asked) {
          if (!alone.has(ref)) alone.set(ref, (await findRepository(database, ref))?.id ?? null);
        }
        const found = await findRepositoryIds(database.liveReader, asked);
        expect(found).toEqual(asked.map((ref) => alone.get(ref)));
      }),
      { numRuns: 200 },
    );
  });

  it("are found by indexes, not among all repositories", async () => {
    await using large = await createTestDatabase();
    const { primary } = large.database;
    await primary.$executeRaw`
      insert into repository (owner, name) select 'o', 'n' || i from generate_series(1, 20000) i`;
    await primary.$executeRaw`
      insert into repository_name (name_key, repository_id)
      select 'o/n' || id, id from repository on conflict do nothing`;
    await primary.$executeRaw`analyze repository, repository_name`;
    const asked = Array.from({ length: 50 }, (_, index) => [`o/n${index}`, String(index)]).flat();
    const plan = await explain(large.database, (reader) => findRepositoryIds(reader, asked));
    expect(plan.join("\n")).toMatch(/Index (Only )?Scan \(repository_name_pkey\)/);
    expect(plan.join("\n")).toMatch(/Index (Only )?Scan \(repository_pkey\)/);
    expect(plan.join("\n")).not.toContain("Seq Scan");
  });
});
