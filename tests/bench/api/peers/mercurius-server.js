// Mercurius with its compiler, over the same statements as the ceiling.
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const { DATABASE_URL, STATEMENTS = "{}" } = process.env;
const statements = new Map(Object.entries(JSON.parse(STATEMENTS)));
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 12 });

const schema = `
  type Actor { name: String! login: String }
  type Commit { oid: String! messageHeadline: String! committedAt: String! author: Actor! }
  type Edge { node: Commit! cursor: String! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Connection { edges: [Edge!]! pageInfo: PageInfo! }
  type Author { name: String! login: String commitCount: Int! }
  type Interval { start: String! commitCount: Int! authorCount: Int! }
  type Query {
    commits(name: String!, values: [String]): Connection!
    topAuthors(name: String!, values: [String]): [Author!]!
    activity(name: String!, values: [String]): [Interval!]!
  }`;
const query = async (name, values) =>
  (await pool.query({ name, text: statements.get(name), values })).rows;
const resolvers = {
  Query: {
    async commits(_, { name, values }) {
      const rows = await query(name, values);
      const edges = rows.map((node) => ({
        node,
        cursor: `${node.committedAt.getTime()} ${node.oid}`,
      }));
      return { edges, pageInfo: { hasNextPage: true, endCursor: edges.at(-1)?.cursor } };
    },
    topAuthors: (_, { name, values }) => query(name, values),
    async activity(_, { name, values }) {
      const rows = await query(name, values);
      return rows.map(({ start, ...counts }) => ({ ...counts, start: start.toISOString() }));
    },
  },
  Commit: {
    author: ({ author_name: name, author_login: login }) => ({ name, login }),
    messageHeadline: ({ message }) => message.split("\n", 1)[0],
    committedAt: ({ committedAt }) => committedAt.toISOString(),
  },
};
const app = Fastify();
await app.register(mercurius, { schema, resolvers, jit: 1 });
process.send?.(await app.listen({ port: 0, host: "127.0.0.1" }));
process.on("disconnect", () => process.exit(0));
