#!/bin/sh
# Waits until the tracker has stored a commit that was just pushed, and prints its address.
#
#   wait-for-commit.sh owner/name [oid]      without an oid: the checkout's HEAD
#
# TRACKER_URL, TRACKER_API_KEY (where the tracker asks for one), TIMEOUT_SECONDS (300).
# Exit codes: 0 it is stored, 1 it is not in time or the tracker refuses, 2 not understood.
set -eu

repository=${1-}
oid=${2-$(git rev-parse HEAD)}
url=${TRACKER_URL:-http://127.0.0.1:4000}
deadline=$(($(date +%s) + ${TIMEOUT_SECONDS:-300}))

# Both stand in JSON below.
case $repository in
  *[!A-Za-z0-9._/-]* | '') echo "usage: $0 owner/name [oid]" >&2 && exit 2 ;;
esac
case $oid in
  *[!0-9a-f]* | '') echo "not a whole object id in hex: $oid" >&2 && exit 2 ;;
esac

query='mutation ($repository: String!, $oid: String!, $timeout: Int!) { awaitCommit(repository: $repository, oid: $oid, timeout: $timeout) { commit { url } } }'

# The key is told on standard input: arguments are seen by everybody on the machine.
ask() {
  if [ -n "${TRACKER_API_KEY:-}" ]; then printf 'header = "authorization: Bearer %s"\n' "$TRACKER_API_KEY"; fi |
    curl --config - --silent --show-error --max-time $(($1 + 15)) \
      --header 'content-type: application/json' --header 'accept: application/json' \
      --data "{\"query\":\"$query\",\"variables\":{\"repository\":\"$repository\",\"oid\":\"$oid\",\"timeout\":$1}}" \
      "$url/graphql"
}

answer='nothing was asked'
while left=$((deadline - $(date +%s))) && [ "$left" -gt 0 ]; do
  if ! answer=$(ask $((left < 30 ? left : 30)) 2>&1); then
    sleep 1 # it cannot be reached now
    continue
  fi
  case $answer in
    *'"code":"TIMEOUT"'*) ;; # ask again
    *'"code":"'*)
      case $answer in
        *'"code":"RATE_LIMITED"'* | *'"code":"BUSY"'* | *_UNAVAILABLE\"* | *'"code":"INTERNAL"'*) sleep 1 ;;
        *) printf '%s\n' "$answer" >&2 && exit 1 ;;
      esac
      ;;
    *'"url":"'*)
      printf '%s\n' "$answer" | sed 's/.*"url":"\([^"]*\)".*/\1/'
      exit 0
      ;;
    *) sleep 1 ;; # a proxy's page
  esac
done
printf '%s is not stored in time: %s\n' "$oid" "$answer" >&2
exit 1
