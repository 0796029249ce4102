#!/usr/bin/env bash
# The long checks: what the tests do with small numbers on every run, with large ones and a seed of your choice.
# usage: eng/long-run/run.sh [SEED]        as root on Linux, about 40 minutes; prints Markdown for RESULTS.md
set -euo pipefail
cd "$(dirname "$0")/../.."
seed=${1:-1}
export SERVA_LONG_RUN=1 SERVA_CI=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1
log=$(mktemp); trap 'rm -f "$log"' EXIT
for project in Serva.Diagnostics.Tests Serva.Diagnostics.LiveTests; do
  dotnet build -c Release -v q --nologo tests/$project > "$log" 2>&1 || { tail -n 20 "$log"; exit 1; }
done

echo "## $(date -u +%Y-%m-%d), seed $seed"
echo
echo "Machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | xargs), $(nproc) cores, Linux $(uname -r), .NET $(dotnet --version)"
echo
echo "| tests | result | seconds |"
echo "|---|---|---:|"
status=0

# check NAME SEED PROJECT FILTER...: one row; a run that selects nothing, or skips something, has failed.
check() {
  local name=$1 project=$3 from=$SECONDS result=passed total
  export SERVA_SEED=$2; shift 3
  artifacts/bin/$project/release/$project --no-progress --no-ansi "$@" > "$log" 2>&1 || result=FAILED
  total=$(sed -nE 's/^ *total: ([0-9]+)$/\1/p' "$log" | tail -n 1)
  if grep -qE '^ *skipped: [1-9]' "$log"; then result=SKIPPED; fi
  [ "${total:-0}" -gt 0 ] || result=NOTHING
  echo "| $name, $total tests | $result | $((SECONDS - from)) |"
  [ "$result" = passed ] || { status=1; tail -n 40 "$log" >&2; }
}

check "damaged and random input" "$seed" Serva.Diagnostics.Tests --filter-trait Long=Yes
check "the live system" "$seed" Serva.Diagnostics.LiveTests --filter-trait Long=Yes
# Each run has a fresh kernel namespace: a port must not be used twice.
for ((run = 0; run < 10; run++)); do
  check "binds against the kernel, seed $((seed + run))" $((seed + run)) Serva.Diagnostics.LiveTests --filter-class '*.LinuxAgreementTests'
done
exit $status
