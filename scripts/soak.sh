#!/bin/sh
# The long series of which CI runs samples: a million histories of retention and a million of cleanup, 200 verifications
# of a healthy database under load, and every fault at every border, again and again. About an hour on two cores: the
# histories take one of them, at the lowest priority, while the rest runs. What fails does not keep the rest from running.
# Usage: npm run soak [-- ROUNDS]   (rounds of the fault tests, 3 unless told)
# Histories are drawn anew each time; SAGEKEEP_PROPERTY_SEED repeats those of an earlier soak.
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-3}
SAGEKEEP_PROPERTY_SEED=${SAGEKEEP_PROPERTY_SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
export SAGEKEEP_PROPERTY_SEED
told=$(mktemp)
histories=
trap 'kill $histories 2>/dev/null || true; rm -f "$told"' EXIT
failed=''

echo "== a million histories, SAGEKEEP_PROPERTY_SEED=$SAGEKEEP_PROPERTY_SEED, beside what follows"
SAGEKEEP_PROPERTY_RUNS=1000000 nice -n 19 vitest run --project unit --maxWorkers=1 \
  packages/engine/src/cleanup/retention/properties.test.ts packages/engine/src/cleanup/planned.test.ts >"$told" 2>&1 &
histories=$!

echo '== 200 verifications of a healthy database under load'
SAGEKEEP_HEALTHY_RUNS=200 vitest run --project integration test/integration/verify/underLoad.test.ts ||
  failed="$failed verifications"
round=1
while [ "$round" -le "$rounds" ]; do
  echo "== faults, round $round of $rounds"
  SAGEKEEP_KILLS=all vitest run --project faults || failed="$failed faults-$round"
  round=$((round + 1))
done

echo '== the histories'
wait "$histories" || failed="$failed histories"
histories=
cat "$told"
echo "failed:${failed:- nothing}"
[ -z "$failed" ]
