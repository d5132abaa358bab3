#!/bin/sh
# The long series of which CI runs samples: a million histories of retention and a million of cleanup (half an hour of
# one core), 200 verifications of a healthy database under load, and every fault again and again, at every border.
# Usage: npm run soak [-- ROUNDS]   (rounds of the fault tests, 10 unless told)
# Histories are drawn anew each time; SAGEKEEP_PROPERTY_SEED repeats those of an earlier soak.
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-10}
SAGEKEEP_PROPERTY_SEED=${SAGEKEEP_PROPERTY_SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
export SAGEKEEP_PROPERTY_SEED
echo "== histories, SAGEKEEP_PROPERTY_SEED=$SAGEKEEP_PROPERTY_SEED"
SAGEKEEP_PROPERTY_RUNS=1000000 vitest run --project unit \
  packages/engine/src/cleanup/retention/properties.test.ts packages/engine/src/cleanup/planned.test.ts
SAGEKEEP_HEALTHY_RUNS=200 vitest run --project integration test/integration/verify/underLoad.test.ts
round=1
while [ "$round" -le "$rounds" ]; do
  echo "== faults, round $round of $rounds"
  SAGEKEEP_KILLS=all vitest run --project faults
  round=$((round + 1))
done
