-- DropIndex
DROP INDEX "feed_event_repository_id_sequence_idx";

-- CreateTable
CREATE TABLE "feed_author" (
    "author_key" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "orphaned_oids" BYTEA[],
    "restored_oids" BYTEA[],

    CONSTRAINT "feed_author_pkey" PRIMARY KEY ("author_key","sequence")
);

-- CreateIndex
CREATE INDEX "feed_author_sequence_idx" ON "feed_author"("sequence");

-- CreateIndex
CREATE INDEX "feed_event_repository_id_kind_sequence_idx" ON "feed_event"("repository_id", "kind", "sequence");

-- CreateIndex
CREATE INDEX "feed_event_kind_sequence_idx" ON "feed_event"("kind", "sequence");

-- The authors of what is on the feed already, as far as their commits are still stored.
INSERT INTO "feed_author" ("author_key", "sequence", "orphaned_oids", "restored_oids")
SELECT key, sequence,
       CASE WHEN bool_or(part <> 'stored')
            THEN coalesce(array_agg(DISTINCT oid) FILTER (WHERE part = 'orphaned'), '{}') END,
       CASE WHEN bool_or(part <> 'stored')
            THEN coalesce(array_agg(DISTINCT oid) FILTER (WHERE part = 'restored'), '{}') END
  FROM (
    SELECT e.sequence, 'stored' AS part, c.oid, c.author_login, c.author_email, c.author_name
      FROM feed_event e JOIN commit c ON c.event_id = e.id
    UNION ALL
    SELECT e.sequence, 'orphaned', c.oid, c.author_login, c.author_email, c.author_name
      FROM feed_event e CROSS JOIN unnest(e.orphaned_oids) AS o(oid)
      JOIN commit c ON c.repository_id = e.repository_id AND c.oid = o.oid
    UNION ALL
    SELECT e.sequence, 'restored', c.oid, c.author_login, c.author_email, c.author_name
      FROM feed_event e CROSS JOIN unnest(e.restored_oids) AS o(oid)
      JOIN commit c ON c.repository_id = e.repository_id AND c.oid = o.oid
  ) AS told
 CROSS JOIN LATERAL (VALUES (author_login), (author_email), (author_name)) AS author(text)
 CROSS JOIN LATERAL (SELECT lower(left(author.text, 200)) AS key) AS k
 WHERE key <> ''
 GROUP BY key, sequence;
