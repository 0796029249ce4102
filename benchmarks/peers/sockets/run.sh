#!/usr/bin/env bash
# A busy server in a network namespace of its own, and on it the socket table by us and by the peers, interleaved over several
# passes. Prints medians and ratios as Markdown.   run.sh [PASSES] > RESULTS.md       as root on Linux
# TABLES="" leaves the tables out; LINES names a file of earlier lines that are counted in. What was built into WORK is not built again. A peer that is absent is named so and left out. SMALL, LARGE and PORT say the load: "processes listeners connections".
set -euo pipefail
cd "$(dirname "$0")"
passes=${1:-3}
small=${SMALL:-"20 20 9990"} large=${LARGE:-"200 200 99900"} port_load=${PORT:-"200 11000 49500"}
work=${WORK:-$(mktemp -d)}; mkdir -p "$work"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
lines=$work/lines.tsv; cat "${LINES:-/dev/null}" > "$lines"
absent=""
group="" load="" namespace=serva-peers-$$
cleanup() {
  exec 9>&- || true
  [ -z "$load" ] || { kill "$load" 2> /dev/null || true; wait "$load" 2> /dev/null || true; }
  ip netns del "$namespace" 2> /dev/null || true
  [ -z "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2> /dev/null || true
}
trap cleanup EXIT

# Builds: the load and the floor, our measuring program, the command compiled ahead of time, and an empty program like it.
cc -O2 -o "$work/load" load.c; cc -O2 -o "$work/lookup" lookup.c; cc -O2 -pthread -o "$work/floor" floor.c
[ -e "$work/measure" ] || dotnet build dotnet -c Release -v q -p:RunAnalyzers=false -o "$work/measure" >&2
mkdir -p "$work/source"; echo 'return 0;' > "$work/source/Program.cs"
cat > "$work/source/empty.csproj" <<'X'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework>
<InvariantGlobalization>true</InvariantGlobalization><ConcurrentGarbageCollection>false</ConcurrentGarbageCollection><TieredPGO>false</TieredPGO></PropertyGroup></Project>
X
rid=linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
publish() { [ -e "$work/$3/$2" ] || dotnet publish "$1" -c Release -r "$rid" -v q --nologo -p:RunAnalyzers=false --artifacts-path "$work/art-$3" -o "$work/$3" "${@:4}" >&2; }
publish "$work/source" empty empty --self-contained false -p:PublishReadyToRun=true
publish ../../../samples/Serva.Diagnostics.Cli serva-diag cli --self-contained false -p:PublishReadyToRun=true
publish ../../../samples/Serva.Diagnostics.Cli serva-diag native -p:PublishAot=true || absent="$absent serva-diag-as-native-code"
for tool in ss netstat lsof; do command -v "$tool" > /dev/null || absent="$absent $tool"; done
python=""
for candidate in python3 /usr/bin/python3; do "$candidate" -c 'import psutil' 2> /dev/null && { python=$candidate; break; }; done
[ -n "$python" ] || absent="$absent psutil"

mount=/sys/fs/cgroup; [ -f $mount/cgroup.procs ] || mount=/sys/fs/cgroup/unified
if [ -f "$mount/cgroup.procs" ]; then group=$mount/$namespace; mkdir -p "$group"; else absent="$absent control-groups"; fi

# start GROUP PROCESSES LISTENERS CONNECTIONS: in a new namespace, without what an earlier load left in TIME_WAIT
start() {
  ip netns add "$namespace"; inside ip link set lo up
  local ready=$work/ready
  rm -f "$work/hold" "$ready"; mkfifo "$work/hold"; exec 9<> "$work/hold"
  nsenter --net="/run/netns/$namespace" "$work/load" "$2" "$3" "$4" "$1" < "$work/hold" > "$ready" &
  load=$!
  until grep -q ready "$ready" 2> /dev/null; do kill -0 "$load" || exit 1; sleep 0.1; done
}
stop() {
  kill "$load"; wait "$load" 2> /dev/null || true; load=""; exec 9>&-
  while [ "$(ip netns pids "$namespace" | wc -l)" -gt 0 ]; do sleep 0.1; done
  ip netns del "$namespace"
  sleep 1
}
# Not `ip netns exec`, which hides /sys/fs/cgroup.
inside() { nsenter --net="/run/netns/$namespace" "$@"; }
# ours LABEL MODE PROCESSES LISTENERS: lines of the measuring program, under the label; what is called often is compiled again, as in any process
ours() { inside env DOTNET_TieredCompilation=$([[ $2 = port || $2 = group ]] && echo 1 || echo 0) dotnet "$work/measure/SocketPeers.dll" "$2" "$3" "$4" | sed "s/^/$1\t/" >> "$lines"; }
# peer LABEL NAME COMMAND...: the time of a whole process
peer() {
  local label=$1 name=$2 from to; shift 2
  command -v "$1" > /dev/null || return 0
  from=$(date +%s%N); inside "$@" > /dev/null 2>&1 || true; to=$(date +%s%N)
  printf '%s\t%s\t%s\t\n' "$label" "$name" "$(awk "BEGIN { print ($to - $from) / 1e6 }")" >> "$lines"
}
in_psutil() { # LABEL
  [ -n "$python" ] || return 0
  inside "$python" - >> "$lines" <<X
import time, psutil
psutil.net_connections('tcp')
begin = time.perf_counter(); psutil.net_connections('tcp')
print("$1\tpsutil.net_connections('tcp')\t%.3f\t" % ((time.perf_counter() - begin) * 1e3))
X
}

begin=$(uptime | sed 's/.*load average/load average/')
for pass in $(seq "$passes"); do
  for size in ${TABLES-small large}; do
    echo "pass $pass of $passes, $size table" >&2
    read -r processes listeners connections <<< "${!size}"
    label="$((listeners + 2 * connections)) sockets, $processes processes"
    start "" "$processes" "$listeners" "$connections"
    # A machine that is shared is fast and slow by turns of seconds: what is short is measured several times.
    for again in $([ "$size" = small ] && seq 3 || echo 1); do
      inside "$work/floor" 3 | awk -F'\t' -v label="$label" '{ print label "\t" $1 "\t" $2 "\t" }' >> "$lines"
      ours "$label" table "$processes" "$listeners"
      ours "$label" framework "$processes" "$listeners"
      in_psutil "$label"
      peer "$label" "ss -Htanp" ss -Htanp
      peer "$label" "ss -Htan, no owners" ss -Htan
      peer "$label" "netstat -tanp" netstat -tanp
      peer "$label" "lsof -nP -iTCP" lsof -nP -iTCP
    done
    stop
  done
  read -r processes listeners connections <<< "$port_load"
  for kind in groups plain; do
    [ "$kind" = plain ] || [ -n "$group" ] || continue
    echo "pass $pass of $passes, one port, $kind" >&2
    label="one port of $((listeners + 2 * connections)) sockets, $processes processes, $([ "$kind" = plain ] && echo "no control groups" || echo "a control group each")"
    start "$([ "$kind" = plain ] || echo "$group")" "$processes" "$listeners" "$connections"
    # Before anything reads every descriptor: what the kernel then keeps of them makes a single lookup a quarter slower.
    for again in $([ "$kind" = plain ] && echo 1 || seq 5); do
      ours "$label" port "$processes" "$listeners"
      [ "$kind" = plain ] || ours "$label" group "$processes" "$listeners"
      [ "$kind" = plain ] || inside "$work/lookup" "$processes" "$listeners" | sed "s/^/$label\t/; s/$/\t/" >> "$lines"
    done
    inside "$work/floor" 3 | awk -F'\t' -v label="$label" '{ print label "\t" $1 "\t" $2 "\t" }' >> "$lines"
    ours "$label" all "$processes" "$listeners"
    for again in 1 2 3 4 5; do
      peer "$label" "an empty .NET program" "$work/empty/empty"
      peer "$label" "serva-diag ports --port N" "$work/cli/serva-diag" ports --port 10000 --tcp --listening
      [ ! -x "$work/native/serva-diag" ] || peer "$label" "serva-diag ports --port N, native code" "$work/native/serva-diag" ports --port 10000 --tcp --listening
    done
    peer "$label" "ss -Hltnp sport = :N" ss -Hltnp "sport = :10000"
    peer "$label" "lsof -nP -iTCP:N -sTCP:LISTEN" lsof -nP -iTCP:10000 -sTCP:LISTEN
    stop
  done
done

cat <<X
# Socket tables, measured

Made by \`benchmarks/peers/sockets/run.sh $passes\` on $(date -u +%Y-%m-%d). A number is the median over the passes, in milliseconds of
wall time; what is short runs several times in a pass. A command is a whole process, the others are in one process and warm. The
ratio is to the first of our lines of the table. Numbers hold for this machine alone.

- Machine: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(nproc) CPUs, $(uname -srm)
- Versions: .NET $(dotnet --list-runtimes | sed -n 's/Microsoft.NETCore.App \([^ ]*\).*/\1/p' | tail -1); $(ss -V 2> /dev/null); $(netstat --version 2> /dev/null | head -1); lsof $(lsof -v 2>&1 | sed -n 's/ *revision: //p' | head -1); psutil $([ -n "$python" ] && "$python" -c 'import psutil; print(psutil.__version__)')
- Absent:${absent:- nothing}
- Load of the machine at the begin: $begin; at the end: $(uptime | sed 's/.*load average/load average/')
X
awk -F'\t' '
  { key = $1 "\t" $2; if (!(key in count)) order[++rows] = key; times[key, ++count[key]] = $3; if ($4 != "") bytes[key] = $4 }
  function median(key,  n, i, j, t, sorted) {
    n = count[key]
    for (i = 1; i <= n; i++) sorted[i] = times[key, i]
    for (i = 2; i <= n; i++) for (j = i; j > 1 && sorted[j - 1] > sorted[j]; j--) { t = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = t }
    return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
  }
  END {
    for (r = 1; r <= rows; r++) {
      split(order[r], part, "\t"); value = median(order[r])
      if (part[1] != title) { title = part[1]; base = 0; seen[title]++; out[title] = "" }
      if (!(title in listed)) { listed[title] = ++titles; name[titles] = title }
      if (part[2] ~ /^ours/ && !(title in first)) first[title] = value
      text[title, ++n[title]] = part[2]; v[title, n[title]] = value; b[title, n[title]] = bytes[order[r]]
    }
    for (t = 1; t <= titles; t++) {
      title = name[t]
      printf "\n## %s\n\n| | ms | ratio | bytes allocated |\n|---|---:|---:|---:|\n", title
      for (i = 1; i <= n[title]; i++)
        printf "| %s | %.3f | %.2f | %s |\n", text[title, i], v[title, i], v[title, i] / first[title], b[title, i]
    }
  }' "$lines"
