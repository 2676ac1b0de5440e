// The ceiling: node's HTTP server and pg, one prepared statement a request, no GraphQL at all.
import { createServer } from "node:http";
import pg from "pg";

const { DATABASE_URL, STATEMENTS = "{}" } = process.env;
const statements = new Map(Object.entries(JSON.parse(STATEMENTS)));
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 12 });

const server = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  const { name, values } = JSON.parse(text);
  const { rows } = await pool.query({ name, text: statements.get(name), values });
  const body = JSON.stringify({ data: { rows } });
  response.writeHead(200, { "content-type": "application/json" }).end(body);
});
server.listen(0, "127.0.0.1", () => process.send?.(`http://127.0.0.1:${server.address().port}`));
process.on("disconnect", () => process.exit(0));
