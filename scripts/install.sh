#!/bin/sh
# Installs the project's npm dependencies, among them Node 24 itself, when they are missing or older than the lock file.
set -eu
cd "$(dirname "$0")/.."
installed=node_modules/.package-lock.json
if [ -f "$installed" ] && [ ! package-lock.json -nt "$installed" ] && [ -x node_modules/.bin/node ]; then
  exit 0
fi
echo "sagekeep: installing npm dependencies (npm ci) …"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
touch "$installed"
