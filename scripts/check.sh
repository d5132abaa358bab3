#!/bin/sh
# Types, lint, format, every shell script (its syntax and its mode) and the unit tests, side by side. Whatever fails is
# shown and makes the whole fail.
set -eu
cd "$(dirname "$0")/.."
# `npm test` and CI run twenty times as many histories.
export SAGEKEEP_PROPERTY_RUNS="${SAGEKEEP_PROPERTY_RUNS:-500}"
said="$(mktemp -d)"
trap 'rm -rf "$said"' EXIT

shell_scripts() {
  find .ci apps packages scripts test -name node_modules -prune -o -type f \( -name '*.sh' -o -path '.ci/run' -o -path 'scripts/sagekeep' \) -print | while IFS= read -r script; do
    bash -n "$script" || exit 1
    [ -x "$script" ] || { echo "not executable: $script" >&2; exit 1; }
  done
}

# beside NAME COMMAND...: runs it in the background; NAME.done is there once it has ended well.
beside() {
  name="$1"
  shift
  { "$@" >"$said/$name" 2>&1 && : >"$said/$name.done"; } &
}

# What has not changed is not checked again. More than two checkers would each work out the same types anew.
beside types tsc -p tsconfig.json --checkers 2 --incremental --tsBuildInfoFile node_modules/.cache/types.tsbuildinfo
beside lint biome check --error-on-warnings .
beside scripts shell_scripts
result=0
vitest run --project unit --maxWorkers 2 || result=1
wait
for name in types lint scripts; do
  if [ -e "$said/$name.done" ]; then
    echo "$name: in order"
  else
    echo "$name: failed"
    cat "$said/$name"
    result=1
  fi
done
exit "$result"
