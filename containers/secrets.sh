#!/bin/sh
# Makes the secrets that compose.yaml hands to its services: a file each in secrets/, which only its owner can enter.
# What is there stays as it is, so that it may run again. Passwords are made by chance, or taken from POSTGRES_PASSWORD
# and RABBITMQ_PASSWORD where a database or a broker has one already; the tokens come from GITHUB_TOKENS.
set -eu
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets
# The services read them under users of their own: it is the folder that keeps others out.
keep() { # name, value
  [ -s "secrets/$1" ] || printf '%s\n' "$2" >"secrets/$1"
  chmod 444 "secrets/$1"
}
random() { od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
# Every byte of it, so that no character of a password can mean anything in a URL.
escaped() { tr -d '\r\n' <"secrets/$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /%/g'; }
derive() { # name, value: made again each time
  rm -f "secrets/$1"
  keep "$1" "$2"
}

if [ ! -s secrets/github-tokens ] && [ -z "${GITHUB_TOKENS:-}" ]; then
  if [ -t 0 ]; then
    printf 'GitHub tokens, comma-separated (they are not shown): ' >&2
    stty -echo && read -r GITHUB_TOKENS && stty echo && echo >&2
  else
    echo "Set GITHUB_TOKENS to one or more personal access tokens, or write them into secrets/github-tokens." >&2
    exit 1
  fi
fi
keep github-tokens "${GITHUB_TOKENS:-}"
keep github-webhook-secret "$(random 32)"
keep postgres-password "${POSTGRES_PASSWORD:-$(random 24)}"
keep rabbitmq-password "${RABBITMQ_PASSWORD:-$(random 24)}"
keep api-key "ghct_$(random 20)"
derive database-url "postgresql://tracker:$(escaped postgres-password)@postgres:5432/tracker"
derive database-replica-urls "postgresql://tracker:$(escaped postgres-password)@replica:5432/tracker"
derive rabbitmq-url "amqp://tracker:$(escaped rabbitmq-password)@rabbitmq:5672"
echo "secrets/ is complete; the key of the API, for a writer, is in secrets/api-key."
