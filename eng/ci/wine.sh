#!/usr/bin/env bash
# The Windows build under Wine: the live tests on four imitated builds, and the command itself.
# usage: wine.sh FOLDER      FOLDER/wine.log gets what the test runs print
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$1
export SERVA_WINE_WORK=${SERVA_WINE_WORK:-$work/wine} SERVA_CI=1 WINEDEBUG=-all
export DOTNET_EnableWriteXorExecute=0 # see eng/wine-test.sh
export WINEPREFIX=$SERVA_WINE_WORK/prefix
log=$work/wine.log; : > "$log"

fail() { tail -n 60 "$log"; echo "wine: $1"; exit 1; }

SERVA_WIN_BUILD="17763.3532 19044.2130 22621.674 19044.2132" \
  eng/wine-test.sh tests/Serva.Diagnostics.LiveTests/Serva.Diagnostics.LiveTests.csproj \
  --no-ansi --filter-not-trait System=Linux >> "$log" 2>&1 || fail "a live test failed"
grep -E '^ *skipped: [1-9]' "$log" && fail "a selected test was skipped"

# The command: a machine whose build carries the fault is told so, one build later it is not.
dotnet publish samples/Serva.Diagnostics.Cli -c Release -r win-x64 --self-contained -o "$SERVA_WINE_WORK/cli" -v q --nologo >> "$log" 2>&1 \
  || fail "serva-diag does not publish"
key='HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
for expected in 17763.3532=1 19044.2130=1 22621.674=1 19044.2132=0; do
  build=${expected%=*}
  for value in CurrentBuild CurrentBuildNumber; do wine reg add "$key" /v $value /d "${build%.*}" /f > /dev/null 2>&1; done
  wine reg add "$key" /v UBR /t REG_DWORD /d "${build#*.}" /f > /dev/null 2>&1
  wineserver -k || true
  status=0
  timeout 120 wine "$SERVA_WINE_WORK/cli/serva-diag.exe" doctor > "$work/wine-doctor.txt" 2> "$work/wine-doctor.err" || status=$?
  found=$(grep -c SD4001 "$work/wine-doctor.txt" || true)
  echo "serva-diag.exe doctor as Windows $build: exit $status, SD4001 named $found times"
  if [ "$status" -ne "${expected#*=}" ] || { [ "${expected#*=}" -eq 1 ] && [ "$found" -eq 0 ]; } || { [ "${expected#*=}" -eq 0 ] && [ "$found" -ne 0 ]; }; then
    cat "$work/wine-doctor.txt" "$work/wine-doctor.err"; fail "doctor's answer is wrong"
  fi
done
tr -d '\r' < "$work/wine-doctor.txt"
wineserver -k || true
