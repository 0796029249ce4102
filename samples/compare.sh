#!/usr/bin/env bash
# Runs every file-based sample and the self-diagnosing server, and compares what they print with expected/*.txt.
# Process ids, ports, versions, times and paths differ between machines and are replaced before comparing.
# usage: compare.sh [--accept]; exit 0 only if all are alike.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) failed=0 compared=0
out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

mask() {
  sed -E -e 's/(^|: )[^:]*, kernel [^ ]+, as [[:alnum:]_-]+/\1HOST/g' -e 's#(/[[:alnum:]_.@~+-]+)+/#DIR/#g' \
    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(Z|\+[0-9:]+| UTC)/TIME/g' \
    -e 's/(PID|process|Process|kill|-p) [0-9]+/\1 N/g; s/\(PID N, [[:alnum:]_-]+\)/(PID N, USER)/g' \
    -e 's/\([0-9]+\)/(N)/g; s/(127\.0\.0\.1):[1-9][0-9]*/\1:N/g; s/[0-9]+ rules/N rules/g'
}

# Reports wrap at 100 columns and what is replaced differs in length: words are compared, not lines.
words() { tr -s '[:space:]' ' ' < "$1" | mask | tr ' ' '\n'; }

check() { # name command...
  local name=$1; shift
  if ! "$@" > "$out/$name.raw" 2> "$out/$name.err"; then
    echo "$name failed:"; tail -n 20 "$out/$name.raw" "$out/$name.err"; failed=1; return
  fi
  if [ "$accept" = 1 ]; then mask < "$out/$name.raw" > "$here/expected/$name.txt"; fi
  if diff -u <(words "$here/expected/$name.txt") <(words "$out/$name.raw"); then echo "$name: as expected"; compared=$((compared + 1)); else failed=1; fi
}

accept=0; [ "${1:-}" = --accept ] && accept=1
for sample in "$here"/*.cs; do check "$(basename "$sample" .cs)" dotnet run "$sample"; done
check SelfDiagnosis dotnet run --project "$here/SelfDiagnosis" -c Release -- --demo
echo "$compared samples as expected"
exit $failed
