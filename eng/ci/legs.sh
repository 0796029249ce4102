# The stages of .ci/run. Sourced, not run.

passed=0 failed=0 skipped=0
started=$SECONDS

stage() { # name function
  local from=$SECONDS
  echo; echo "=== $1"
  if ! "$2"; then
    echo "FAILED: $1 after $((SECONDS - from)) s"
    failed=$((failed + 1)); summary; exit 1
  fi
  echo "--- $1: $((SECONDS - from)) s"
}

summary() {
  echo; echo "all stages: $((SECONDS - started)) s"
  echo "$passed passed, $failed failed, $skipped skipped"
}

# What a failed test run says: its end, then the failed tests with their messages, since their place in the log is anywhere
# and who keeps only the last lines of a run must see them.
show_failure() { # log
  grep -vE '^\s*$' "$1" | tail -n 20
  grep -nE '\[FAIL\]|^failed |^  Failed ' -A 14 "$1" | grep -vE '^[0-9]+-\s*$|\[SKIP\]|  Skipped ' | cut -c 1-400 | head -n 30
}

# Adds up a test run's closing lines, of either runner: `Passed! - Failed: 0, Passed: 2, Skipped: 1, ...` per assembly, or
# the block `total: / failed: / succeeded: / skipped:`.
count() { # log
  read -r run_passed run_failed run_skipped < <(awk '
    function number(label,  at) { at = index($0, label); return at ? substr($0, at + length(label)) + 0 : 0 }
    /^(Passed|Failed)!  *- / { failed += number("Failed:"); passed += number("Passed:"); skipped += number("Skipped:") }
    /^ *succeeded: [0-9]+\r?$/ { passed += $2 }
    /^ *failed: [0-9]+\r?$/ { failed += $2 }
    /^ *skipped: [0-9]+\r?$/ { skipped += $2 }
    END { print passed + 0, failed + 0, skipped + 0 }' "$1")
  passed=$((passed + run_passed)); failed=$((failed + run_failed))
}

# Runs a leg of the live tests: everything it selects must run and pass.
leg() { # name log command...
  local name=$1 log=$2; shift 2
  SERVA_CI=1 "$@" > "$log" 2>&1 || { show_failure "$log"; echo "leg $name failed"; return 1; }
  count "$log"
  echo "leg $name: $run_passed passed, $run_failed failed, $run_skipped skipped"
  if [ "$run_passed" -eq 0 ]; then tail -n 40 "$log"; echo "leg $name ran no test"; return 1; fi
  if [ "$run_skipped" -ne 0 ]; then
    grep -iE 'skip' "$log" | head -n 20; echo "leg $name: a selected test was skipped"; return 1
  fi
  [ "$run_failed" -eq 0 ]
}

install_packages() {
  local wanted="git iproute2 nftables iptables util-linux libcap2-bin procps time netcat-openbsd ufw firewalld dbus openssh-server chrony nginx-light dnsmasq-base postgresql systemd wine wine64 libgnutls30"
  export DEBIAN_FRONTEND=noninteractive
  # Services are started by the stages that need them, never by their installation.
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  apt-get update -qq > "$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log"; return 1; }
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $wanted >> "$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log"; return 1; }
  rm -f /usr/sbin/policy-rc.d
}

fresh_clone() {
  git clone -q "$source_tree" "$work/clone" && cd "$work/clone"
  export NUGET_PACKAGES=$work/packages   # an empty cache: what restores here restores everywhere
}

build_release() {
  dotnet build -c Release > "$work/build.log" 2>&1 || { grep -E 'error|warn' "$work/build.log" | sort -u | head -n 40; return 1; }
  grep -E '^    [0-9]+ Warning|Elapsed' "$work/build.log"
  grep -qE '^    0 Warning' "$work/build.log"
}

live_tests=artifacts/bin/Serva.Diagnostics.LiveTests/release/Serva.Diagnostics.LiveTests

live_tests_root() {
  leg root "$work/live-root.log" timeout 600 "$live_tests" --no-progress --no-ansi \
    --filter-not-trait System=Wine --filter-not-trait Privilege=User
}

# 1 is an honest answer on a machine that has a problem; anything else but 0 is ours.
readme_doctor() { # clone option command...
  local clone=$1 option=$2 status=0; shift 2
  # shellcheck disable=SC2086
  (cd "$clone" && "$@" dotnet run $option --project samples/Serva.Diagnostics.Cli -- doctor) > "$work/doctor.txt" 2>&1 || status=$?
  cat "$work/doctor.txt"
  [ "$status" -le 1 ] && [ -s "$work/doctor.txt" ] && ! grep -qiE 'warning (NU|CS|MSB|NETSDK)' "$work/doctor.txt"
}

# A fresh user with an empty home and its own clone: both commands of the README, the first as root too. Of the live tests that want
# no root the second may skip none; each of its skipped tests is named in its log.
fresh_user() {
  local user=servaci home
  id "$user" > /dev/null 2>&1 || useradd --create-home --shell /bin/bash "$user"
  home=$(getent passwd "$user" | cut -d: -f6)
  rm -rf "${home:?}/"* "$home"/.[a-z]* && git clone -q "$work/clone" "$home/clone" && chown -R "$user" "$home"
  local as=(runuser -u "$user" -- env -i "HOME=$home" "PATH=$PATH" DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
    "DOTNET_CLI_UI_LANGUAGE=en" "TESTINGPLATFORM_TELEMETRY_OPTOUT=1" "DOTNET_ROOT=${DOTNET_ROOT:-}"
    MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
    ${NUGET_CERT_REVOCATION_MODE:+"NUGET_CERT_REVOCATION_MODE=$NUGET_CERT_REVOCATION_MODE"}
    ${SERVA_DIAGNOSTICS_CORPUS:+"SERVA_DIAGNOSTICS_CORPUS=$SERVA_DIAGNOSTICS_CORPUS"})
  readme_doctor "$home/clone" "" "${as[@]}" || return 1
  (cd "$home/clone" && "${as[@]}" dotnet test) > "$work/user-test.log" 2>&1 || { show_failure "$work/user-test.log"; return 1; }
  grep -E '^(Passed|Failed)!' "$work/user-test.log"
  count "$work/user-test.log"
  [ "$run_failed" -eq 0 ] && [ "$run_passed" -gt 0 ] || return 1
  cd "$home/clone"
  local selected="$work/user-selected.txt" skips="$work/user-skips.txt" lost
  readme_doctor "$home/clone" --no-build || return 1
  # What the README's command has just built. Names without the arguments of a theory.
  "${as[@]}" "${live_tests/release/debug}" --list-tests --no-ansi --filter-not-trait System=Wine --filter-not-trait Privilege=Root \
    | sed -nE 's/^ +(Serva[A-Za-z0-9_.]+).*/\1/p' | sort -u > "$selected"
  cd "$work/clone"
  sed -nE 's/^\[xUnit.net [^]]*\] +(Serva[A-Za-z0-9_.]+).* \[SKIP\]\r?$/\1/p' "$work/user-test.log" | sort > "$skips"
  lost=$(sort -u "$skips" | comm -12 - "$selected")
  echo "live tests for users: $(wc -l < "$selected"); skipped in all: $run_skipped, of them $(wc -l < "$skips") named"
  [ "$(wc -l < "$selected")" -gt 100 ] && [ "$(wc -l < "$skips")" -eq "$run_skipped" ] || { echo "the skipped tests are not known"; return 1; }
  [ -z "$lost" ] || { echo "skipped, and not for want of root or Wine:"; echo "$lost"; return 1; }
}

wine_leg() { eng/ci/wine.sh "$work" || return 1; count "$work/wine.log"; [ "$run_failed" -eq 0 ] && [ "$run_passed" -gt 0 ]; }

benchmarks_smoke() {
  dotnet run -c Release --no-build --project benchmarks/Serva.Diagnostics.Benchmarks -- -f '*' -j dry -i --artifacts "$work/bench" > "$work/bench.log" 2>&1 \
    || { tail -n 40 "$work/bench.log"; return 1; }
  grep -E '^\| ' "$work/bench.log" | head -n 40
  # A run so short has no error column; a benchmark that threw is listed by name.
  ! grep -qE 'Benchmarks with issues|ThrowsException' "$work/bench.log" || return 1
}

# `doctor` on a healthy host raises no alarm, bare and with a profile of free ports: exit 0, not one finding, at most 10 lines, as root
# and as an ordinary user, who may bind the ports above 1023 alone.
healthy_host() {
  local who asked status lines
  for who in root user; do
    local as=() free="udp/69 udp/4011 tcp/21 udp/514 tcp/8080"
    [ "$who" = user ] && as=(setpriv --reuid=nobody --regid=nogroup --clear-groups) free="udp/6969 udp/4011 tcp/2121 tcp/8080"
    for asked in "" "$free"; do
      status=0
      # shellcheck disable=SC2086
      eng/ci/healthy-host.sh "${as[@]}" env HOME="$work" DOTNET_CLI_HOME="$work" \
        artifacts/bin/Serva.Diagnostics.Cli/release/serva-diag doctor $asked > "$work/healthy.txt" 2>&1 || status=$?
      lines=$(wc -l < "$work/healthy.txt")
      cat "$work/healthy.txt"
      echo "healthy host as $who: exit $status, $lines lines"
      [ "$status" -eq 0 ] && [ "$lines" -le 10 ] && grep -q '^No problem found (' "$work/healthy.txt" && ! grep -q ' SD[0-9]' "$work/healthy.txt" || return 1
      passed=$((passed + 1))
    done
  done
}

# The packed tool installs and runs outside the repository; the packed library serves a fresh project.
packages_work() {
  dotnet pack -c Release -o "$work/nupkg" > "$work/pack.log" 2>&1 || { grep -E 'error|warn' "$work/pack.log" | sort -u; return 1; }
  ls -l "$work/nupkg"
  local outside=$work/outside; mkdir -p "$outside" && cd "$outside"
  dotnet tool install --tool-path "$outside/tools" --add-source "$work/nupkg" Serva.Diagnostics.Cli --version '*-*' || return 1
  local status=0
  "$outside/tools/serva-diag" doctor > tool.txt 2>&1 || status=$?
  cat tool.txt; [ "$status" -le 1 ] && [ -s tool.txt ] || return 1
  mkdir app && cd app
  dotnet new console -n app -o . > /dev/null
  dotnet add package Serva.Diagnostics --source "$work/nupkg" > /dev/null 2>&1 || dotnet add package Serva.Diagnostics --version 0.1.0 --no-restore > /dev/null
  grep -vE '^#:' "$work/clone/samples/WhyDidMyBindFail.cs" > Program.cs
  printf '<configuration><packageSources><add key="packed" value="%s" /></packageSources></configuration>\n' "$work/nupkg" > nuget.config
  dotnet run > app.txt 2>&1 || { cat app.txt; return 1; }
  cat app.txt; [ -s app.txt ] || return 1
  cd "$work/clone"
  passed=$((passed + 2))
}

samples_compared() {
  env -u CI samples/compare.sh || return 1   # without analyzers, as a reader runs them
  passed=$((passed + $(find samples/expected -name '*.txt' | wc -l)))
}
