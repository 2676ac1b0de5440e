import pg from "pg";

export interface RowLock {
  release(): Promise<void>;
}

/** A repository's row in the hands of somebody else, as of a page that is being written. */
export async function lockRepository(url: string, id: number): Promise<RowLock> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("begin");
  await client.query("select from repository where id = $1 for update", [id]);
  return {
    async release() {
      await client.query("commit");
      await client.end();
    },
  };
}
