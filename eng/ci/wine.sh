#!/usr/bin/env bash
# The Windows build under Wine: the live tests on four imitated builds, and the command itself.
# usage: wine.sh FOLDER      FOLDER/wine.log gets what the test runs print
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$1
export SERVA_WINE_WORK=${SERVA_WINE_WORK:-$work/wine} SERVA_CI=1 WINEDEBUG=-all WINE_TIMEOUT=300
export DOTNET_EnableWriteXorExecute=0 # see eng/wine-test.sh
export WINEPREFIX=$SERVA_WINE_WORK/prefix
log=$work/wine.log; : > "$log"

fail() { tail -n 60 "$log"; echo "wine: $1"; exit 1; }

# What is planted in services and programs is the same on every build.
SERVA_WIN_BUILD="17763.3532 19044.2130 22621.674" \
  eng/wine-test.sh tests/Serva.Diagnostics.LiveTests/Serva.Diagnostics.LiveTests.csproj \
  --no-ansi --filter-not-trait System=Linux --filter-not-class '*WindowsIssueTests' >> "$log" 2>&1 || fail "a live test failed"
SERVA_WIN_BUILD="19044.2132" \
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

# The batch that collects: Wine's cmd reaches each of its commands, and import reads the output of those that Wine has.
wine "$SERVA_WINE_WORK/cli/serva-diag.exe" collect-script windows > "$work/collect.cmd" 2>> "$log" || fail "collect-script"
(cd "$work" && timeout 300 wine cmd /c collect.cmd > host.txt 2>> "$log") || fail "collect.cmd ended early"
reached=$(grep -c '^C:.>' "$work/host.txt" || true)
[ "$reached" -eq 18 ] || { cat "$work/host.txt"; fail "$reached of the 18 commands of collect.cmd were reached"; }
rm -f "$work/host.json"
(cd "$work" && timeout 120 wine "$SERVA_WINE_WORK/cli/serva-diag.exe" import host.txt -o host.json > import.txt 2>> "$log") || fail "import of what collect.cmd printed"
grep -q 'A Windows host' "$work/import.txt" || { cat "$work/import.txt"; fail "no host in what collect.cmd printed"; }
echo "collect.cmd: $reached commands, $(grep -c ' read  ' "$work/import.txt" || true) outputs read"
wineserver -k || true

# A VPN's split default beside a default route, in a network of its own: the Windows calls show it, the decision follows it,
# and a bound socket stays on its own interface. Wine reads metrics as hexadecimal, so they have one digit.
[ "$(id -u)" -eq 0 ] || { echo "not root: no network of its own for the routes"; exit 0; }
unshare -n bash -euo pipefail -s "$SERVA_WINE_WORK/cli/serva-diag.exe" > "$work/wine-route.txt" 2> "$work/wine-route.err" <<'NETWORK' || { cat "$work"/wine-route.*; fail "routes in a private network"; }
link() { ip link add "$1" type veth peer name "$1p"; ip link set "$1p" up; ip addr add "$2" dev "$1"; ip link set "$1" up; }
ip link set lo up
link lan0 192.0.2.10/24
link vpn0 10.8.0.2/24
ip route add default via 192.0.2.1 dev lan0 metric 7
for half in 0.0.0.0/1 128.0.0.0/1; do ip route add $half via 10.8.0.1 dev vpn0 metric 5; done
timeout 120 wine "$1" route 203.0.113.5 --verbose
timeout 120 wine "$1" route 203.0.113.5 from 192.0.2.10
timeout 120 wine "$1" route 203.0.113.5 from 192.0.2.10 --host-model windowsXP
timeout 120 wine "$1" capture --no-probe
wineserver -k || true
NETWORK
tr -d '\r\n' < "$work/wine-route.txt" | tr -s ' ' > "$work/wine-route.line"
for expected in \
  'A packet to 203.0.113.5 leaves by vpn0 to the router 10.8.0.1, with the source 10.8.0.2' \
  'route.lost.prefix: 0.0.0.0/0 by 192.0.2.1 on lan0, metric 7: another prefix is longer' \
  'leaves by lan0 to the router 192.0.2.1, with the source 192.0.2.10' \
  'leaves by vpn0 to the router 10.8.0.1, with the source 192.0.2.10' \
  '"destination":"0.0.0.0/0","kind":"unicast","gateway":"192.0.2.1"' \
  '"destination":"0.0.0.0/1","kind":"unicast","gateway":"10.8.0.1"' \
  '"destination":"128.0.0.0/1","kind":"unicast","gateway":"10.8.0.1"' \
  '"address":"10.8.0.2","prefixLength":24'; do
  grep -qF -- "$expected" "$work/wine-route.line" || { cat "$work/wine-route.txt"; fail "not shown: $expected"; }
done
echo "a VPN's split default: $(grep -c '^A packet' "$work/wine-route.txt") ways as Windows goes, its routes and addresses in the capture"
