#!/usr/bin/env bash
# Runs the Windows build (win-x64, self-contained) of a test project under Wine.
#
#   eng/wine-test.sh tests/Serva.Diagnostics.LiveTests/Serva.Diagnostics.LiveTests.csproj --filter-trait "System=Wine"
#
# What follows the project goes to the test program. Exit: 0 all passed, 77 Wine is not installed, anything else a failure.
#
# What this proves and what not: it exercises the Windows calls, structures and registry paths, with Wine's answers. It is
# no evidence for bind conflicts, excluded port ranges, interface metrics, the firewall, TLS, elevation or timing.
#
#   SERVA_WIN_BUILD   the Windows builds to imitate, each BUILD.UBR, separated by blanks: the tests run once for each
#                     (default 19044.2130). The tests find the one that is in force in the same variable.
#   SERVA_WINE_WORK   where the published tests and the Wine prefix are kept between runs (default: a folder per user
#                     below the temporary folder; about 900 MB).
#   WINEPREFIX        another prefix; it is changed.
#   WINE_TIMEOUT      seconds that one run of the tests may take (default 180). Under Wine the test program does not get
#                     past a second failure; this ends it, and the failure that is shown is the first, not the only one.
#
# Packages on Debian: apt-get install --no-install-recommends wine wine64 libgnutls30
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 2; }
project=$1; shift
command -v wine > /dev/null || { echo "SKIP: wine is not installed"; exit 77; }

work=${SERVA_WINE_WORK:-${TMPDIR:-/tmp}/serva-wine-$(id -u)}
name=$(basename "${project%.csproj}")
published=$work/$name
mkdir -p "$work"
export WINEPREFIX=${WINEPREFIX:-$work/prefix} WINEDEBUG=-all
# With W^X the runtime frees dynamic methods through a second mapping of their memory; under Wine 8 that ends in an
# "Internal CLR error" (DynamicResolver.DestroyScout) as soon as a collection falls into the run.
export DOTNET_EnableWriteXorExecute=0
export TESTINGPLATFORM_TELEMETRY_OPTOUT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# With a display Wine may open windows; with the override .NET cannot load its own libraries (see below).
unset DISPLAY WINEDLLOVERRIDES

dotnet publish "$project" -c Release -r win-x64 --self-contained -o "$published" -v q --nologo

if [ ! -f "$WINEPREFIX/system.reg" ]; then
  # The override belongs to the making of the prefix alone (it stops the offer to install Mono): Wine loads .NET's
  # libraries through mscoree.
  WINEDLLOVERRIDES='mscoree,mshtml=' wineboot -i > /dev/null 2>&1
  wineserver -w
  wine winecfg -v win10 > /dev/null 2>&1
  # Without this an unhandled exception ends with exit code 0, because Wine's debugger takes over.
  wine reg add 'HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug' /v Debugger /d false /f > /dev/null 2>&1
fi

plant() { # build ubr
  local key='HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion' value
  for value in CurrentBuild CurrentBuildNumber; do wine reg add "$key" /v $value /d "$1" /f > /dev/null 2>&1; done
  wine reg add "$key" /v UBR /t REG_DWORD /d "$2" /f > /dev/null 2>&1
  # RtlGetVersion reads the build once, when the server starts.
  wineserver -k || true
}

status=0
for build in ${SERVA_WIN_BUILD:-19044.2130}; do
  plant "${build%.*}" "${build#*.}"
  echo "Wine $(wine --version 2> /dev/null) as Windows build $build"
  log=$(mktemp) run=0
  SERVA_WIN_BUILD=$build timeout -k 5 "${WINE_TIMEOUT:-180}" wine "$published/$name.exe" --no-progress "$@" 2> >(grep -v 'wine32\|multiarch\|dpkg --add\|apt-get install' >&2) \
    | tr -d '\r' | tee "$log" || run=$?
  wineserver -k || true
  # Exit codes under Wine are not to be trusted alone.
  grep -q '^Test run summary: Passed!' "$log" || { [ "$run" -ne 0 ] || run=70; }
  rm -f "$log"
  [ "$run" -eq 0 ] || status=$run
done
exit "$status"
