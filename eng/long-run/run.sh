#!/usr/bin/env bash
# The long checks: what the tests do with small numbers on every run, with large ones and a seed of your choice.
# usage: eng/long-run/run.sh [SEED]        as root on Linux, about half an hour; prints Markdown for RESULTS.md
set -euo pipefail
cd "$(dirname "$0")/../.."
export SERVA_LONG_RUN=1 SERVA_SEED=${1:-1} TESTINGPLATFORM_TELEMETRY_OPTOUT=1
log=$(mktemp); trap 'rm -f "$log"' EXIT
dotnet build -c Release -v q --nologo tests/Serva.Diagnostics.Tests > "$log" 2>&1 || { tail -n 20 "$log"; exit 1; }
dotnet build -c Release -v q --nologo tests/Serva.Diagnostics.LiveTests >> "$log" 2>&1 || { tail -n 20 "$log"; exit 1; }

echo "## $(date -u +%Y-%m-%d), seed $SERVA_SEED"
echo
echo "Machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | xargs), $(nproc) cores, Linux $(uname -r), .NET $(dotnet --version)"
echo
echo "| tests | result | seconds |"
echo "|---|---|---:|"
status=0
for project in Serva.Diagnostics.Tests Serva.Diagnostics.LiveTests; do
  from=$SECONDS result=passed
  artifacts/bin/$project/release/$project --no-progress --no-ansi --output Detailed --filter-trait Long=Yes > "$log" 2>&1 || { result=FAILED; status=1; }
  grep -qE '^ *skipped: [1-9]' "$log" && { result=SKIPPED; status=1; }
  total=$(sed -nE 's/^ *total: ([0-9]+)$/\1/p' "$log")
  [ "${total:-0}" -gt 0 ] || { result=NOTHING; status=1; }
  echo "| $project, $total long tests | $result | $((SECONDS - from)) |"
  [ "$result" = passed ] || tail -n 40 "$log" >&2
done
exit $status
