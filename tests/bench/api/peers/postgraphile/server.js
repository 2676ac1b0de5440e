// PostGraphile 4 over the same tables; 5 needs a newer Node.
import { createServer } from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 12 });
const handler = postgraphile(pool, "public", {
  disableDefaultMutations: true,
  dynamicJson: true,
  graphiql: false,
  nodeIdFieldName: "globalId", // a column has the usual name
  disableQueryLog: true,
  ignoreRBAC: true,
});
const server = createServer(handler);
server.listen(0, "127.0.0.1", () => process.send?.(`http://127.0.0.1:${server.address().port}`));
process.on("disconnect", () => process.exit(0));
