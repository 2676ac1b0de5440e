#!/usr/bin/env bash
# npm run test:containers: builds the image and runs the compose file on a real Docker engine. One is started for it,
# in namespaces of its own, and taken down with all that it made; DOCKER_HOST names another that is to be used.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -n "${DOCKER_HOST:-}" ]; then
  docker compose version >/dev/null || { echo "The engine at DOCKER_HOST needs the docker command with \`docker compose\`." >&2; exit 1; }
  exec bash tests/containers/suite.sh
fi
if [ -z "${ENGINE_DIR:-}" ]; then ENGINE_DIR=$(mktemp -d /tmp/tracker-containers-XXXXXX); fi
export ENGINE_DIR
trap 'bash tests/containers/engine.sh stop' EXIT
trap 'exit 130' INT TERM HUP
# Each of them takes a quarter of it, on two cores with nothing else to do.
timeout --foreground 20m bash tests/containers/engine.sh start
timeout --foreground 40m bash tests/containers/engine.sh run bash tests/containers/suite.sh
