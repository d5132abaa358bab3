#!/bin/sh
# Installs the project's npm dependencies, among them Node 24 itself, when they are missing or older than the lock file.
# Runs of the same checkout wait for each other.
set -eu
cd "$(dirname "$0")/.."
installed=node_modules/.package-lock.json

up_to_date() {
  [ -f "$installed" ] && [ ! package-lock.json -nt "$installed" ]
}

if ! up_to_date; then
  if command -v flock >/dev/null; then
    exec 9<.
    flock 9
  fi
  if ! up_to_date; then
    echo "sagekeep: installing npm dependencies (npm ci) …"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    touch "$installed"
  fi
fi

# npm puts node_modules/.bin first; on a system that has no package of Node 24 there, its own must be new enough.
PATH="$PWD/node_modules/.bin:$PATH"
if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)'; then
  echo "sagekeep: needs Node 24 or newer, and $(uname -sm) has no npm package of it; $(node --version) is here." >&2
  echo "Install Node 24 from https://nodejs.org, or use Docker: docker compose up" >&2
  exit 1
fi
