#!/bin/sh
# Types, lint, format, unit tests, and every shell script: its syntax and its mode.
set -eu
cd "$(dirname "$0")/.."
tsc -p tsconfig.json
biome check --error-on-warnings .
find scripts test .ci -type f \( -name '*.sh' -o -path '.ci/run' -o -path 'scripts/sagekeep' \) | while IFS= read -r script; do
  bash -n "$script"
  [ -x "$script" ] || { echo "not executable: $script" >&2; exit 1; }
done
vitest run --project unit
