#!/bin/bash
# As the official one: never root; and it refuses the variables that the server no longer knows.
set -eu
if [ -n "${RABBITMQ_DEFAULT_PASS_FILE:-}${RABBITMQ_DEFAULT_USER_FILE:-}" ]; then
  echo "RABBITMQ_DEFAULT_PASS_FILE and RABBITMQ_DEFAULT_USER_FILE are not supported" >&2
  exit 1
fi
if [ "$(id -u)" = 0 ]; then
  chown rabbitmq:rabbitmq /var/lib/rabbitmq
  exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$0" "$@"
fi
exec "$@"
