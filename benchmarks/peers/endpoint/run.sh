#!/usr/bin/env bash
# Builds the peers' parsers and ours, writes the corpora from a fixed seed, runs all interleaved over several passes, and
# prints medians and ratios as Markdown.   run.sh [passes] > RESULTS.md
# Times are processor time of the measuring thread, so that other processes disturb little. Linux.
# A peer whose compiler is absent is left out and named so. Legs without AVX-512 and without any vector run beside the whole.
set -euo pipefail
cd "$(dirname "$0")"
passes=${1:-5}
work=${WORK:-$(mktemp -d)}
mkdir -p "$work"
lines=$work/passes.tsv; : >"$lines"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

dotnet build dotnet -c Release -v q -o "$work/dotnet" >&2
absent=
if command -v rustc >/dev/null; then
  rustc -C opt-level=3 -C target-cpu=native -C lto=fat -C codegen-units=1 -o "$work/rust" rust/main.rs >&2
else absent="$absent rustc"; fi
if command -v go >/dev/null; then
  (cd go && GO111MODULE=off GOFLAGS= GOAMD64=v3 go build -o "$work/go" .) >&2
else absent="$absent go"; fi
if command -v g++ >/dev/null; then
  g++ -std=c++17 -O3 -march=native -o "$work/cpp" cpp/main.cpp >&2
else absent="$absent g++"; fi

[ -f "$work/data/ds.txt" ] || dotnet "$work/dotnet/EndpointPeers.dll" generate "$work/data" >&2
begin=$(uptime | sed 's/.*load average/load average/')
for pass in $(seq "$passes"); do
  echo "pass $pass of $passes" >&2
  for peer in cpp rust go; do
    if [ -x "$work/$peer" ]; then "$work/$peer" "$work/data" >>"$lines"; fi
  done
  dotnet "$work/dotnet/EndpointPeers.dll" measure "$work/data" >>"$lines"
  if grep -q avx512vbmi2 /proc/cpuinfo; then
    PEER_SUFFIX=", no AVX-512" DOTNET_EnableAVX512=0 dotnet "$work/dotnet/EndpointPeers.dll" measure "$work/data" | grep NetEndpoint.TryParse >>"$lines"
  fi
  PEER_SUFFIX=", no vectors" DOTNET_EnableHWIntrinsic=0 dotnet "$work/dotnet/EndpointPeers.dll" measure "$work/data" | grep NetEndpoint.TryParse >>"$lines"
done

cat <<EOF
# Endpoint parsers, measured

Made by \`benchmarks/peers/endpoint/run.sh $passes\` on $(date -u +%Y-%m-%d). A number is the median over the passes; a pass is
the median of 50 slices of 20,000 rows, in processor time of the thread (garbage collections included). Ratios compare medians of this run; nanoseconds hold for this machine alone.
A shared machine is fast and slow by turns of seconds, and no two parsers meet the same ones: there the best passes compare better.

- Machine: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), family $(sed -n 's/^cpu family.*: //p' /proc/cpuinfo | head -1) model $(sed -n 's/^model\t.*: //p' /proc/cpuinfo | head -1), $(nproc) CPUs, $(uname -srm)
- Vectors: $(for flag in ssse3 sse4_1 avx2 avx512bw avx512vbmi avx512_vbmi2; do grep -qw $flag /proc/cpuinfo && echo -n "$flag " || echo -n "(no $flag) "; done)
$(grep -qw avx512_vbmi2 /proc/cpuinfo || echo "- No AVX-512 on this machine: that path was not measured; tests alone run it here, its steps in other words.")
- Versions: .NET $(dotnet --list-runtimes | sed -n 's/Microsoft.NETCore.App \([^ ]*\).*/\1/p' | tail -1); $(command -v rustc >/dev/null && rustc --version); $(command -v go >/dev/null && go version | cut -d' ' -f3); $(command -v g++ >/dev/null && g++ --version | head -1); $(getconf GNU_LIBC_VERSION)
- Absent peers:${absent:- none}
- Load at the begin: $begin; at the end: $(uptime | sed 's/.*load average/load average/')

Corpora, 1,000,000 rows each: a \`v4:port\`, b full \`[v6]:port\`, c realistic IPv6 with numeric zones, d a column of netstat in the
tool's order, ds the same shuffled.

EOF
dotnet "$work/dotnet/EndpointPeers.dll" report "$lines"
