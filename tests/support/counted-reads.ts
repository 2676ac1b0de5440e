import type { Database } from "../../src/postgres/database.js";

/** The statements that queries send. */
export interface CountedReads {
  /** To be seen in the place of the real database. */
  watch(real: Database): Database;
  /** How many there were since it was last asked. */
  count(): number;
}

export function countReads(): CountedReads {
  let statements = 0;
  return {
    watch(real) {
      const query: Database["reader"]["query"] = (statement) => {
        statements += 1;
        return real.reader.query(statement);
      };
      return { ...real, reader: { ...real.reader, query } };
    },
    count() {
      const counted = statements;
      statements = 0;
      return counted;
    },
  };
}
