#!/bin/bash
# A streaming standby of the service `postgres`. The first time it copies it; so it does when its slot has been lost,
# because it was away for more than the primary keeps for it. Arguments are the command of its image.
set -euo pipefail
PRIMARY="host=postgres user=tracker dbname=tracker application_name=replica"
SLOT=replica
export PGPASSFILE=/tmp/pgpass
# A colon and a backslash mean something in that file.
(umask 077 && printf '*:*:*:*:%s\n' "$(sed 's/[\\:]/\\&/g' "$POSTGRES_PASSWORD_FILE")" >"$PGPASSFILE")

ask() { psql --no-psqlrc -qAtX "$PRIMARY" -c "$1"; }
has_slot() { [ "$(ask "select count(*) from pg_replication_slots where slot_name = '$SLOT' and wal_status <> 'lost'")" = 1 ]; }

# The primary may be away while a copy that is complete can go on by itself.
if [ ! -s "$PGDATA/PG_VERSION" ] || { ask "select 1" >/dev/null 2>&1 && ! has_slot; }; then
  ask "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '$SLOT'" >/dev/null
  ask "select pg_create_physical_replication_slot('$SLOT', true)" >/dev/null
  rm -rf "$PGDATA" "$PGDATA.new"
  mkdir -p "$(dirname "$PGDATA")"
  pg_basebackup -d "$PRIMARY" -D "$PGDATA.new" -S "$SLOT" -X stream -c fast -R
  mv "$PGDATA.new" "$PGDATA"
fi
exec docker-entrypoint.sh "$@"
