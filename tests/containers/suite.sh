#!/usr/bin/env bash
# What is tried on a running engine: the compose file; then the broker's contract suite and the tests of its outages
# on the RabbitMQ of that file instead of the machine's.
set -euo pipefail
cd "$(dirname "$0")/../.."
npx vitest run --config tests/containers/vitest.config.ts

npm run --silent build
image=$(sed -n 's/^ *image: \(rabbitmq:.*\)/\1/p' compose.yaml)
broker=$(docker run -d --user rabbitmq -p 127.0.0.1::5672 -e RABBITMQ_DEFAULT_USER=tests -e RABBITMQ_DEFAULT_PASS=tests "$image")
trap 'docker rm -fv "$broker" >/dev/null' EXIT
for _ in $(seq 60); do
  docker exec "$broker" rabbitmq-diagnostics -q check_port_connectivity >/dev/null 2>&1 && break
  sleep 1
done
docker exec "$broker" rabbitmqctl -q version | sed 's/^/The broker is RabbitMQ /'
TEST_RABBITMQ_URL=amqp://tests:tests@$(docker port "$broker" 5672/tcp) npx vitest run --no-file-parallelism \
  tests/contract/{queue,fanout,rabbitmq-connection,rabbitmq-queues}.test.ts tests/e2e/outages.test.ts
