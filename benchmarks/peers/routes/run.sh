#!/usr/bin/env bash
# A full routing table in a network namespace of its own, and route lookups by us, by its kernel through one netlink socket and
# by a linear scan, interleaved over several rounds. Prints medians and ratios as Markdown.
#   run.sh [ROUNDS] > RESULTS.md       as root on Linux
# IPV4 and IPV6 say how many prefixes, HELD how many of each the kernel has (its table is captured in two seconds); what was built into WORK is not built again.
set -euo pipefail
cd "$(dirname "$0")"
rounds=${1:-7} ipv4=${IPV4:-1000000} ipv6=${IPV6:-200000}
read -r held4 held6 <<< "${HELD:-100000 20000}"
work=${WORK:-$(mktemp -d)}; mkdir -p "$work"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
namespace=serva-routes-$$
trap 'ip netns del "$namespace" 2> /dev/null || true' EXIT
[ -e "$work/measure" ] || dotnet build dotnet -c Release -v q -p:RunAnalyzers=false -o "$work/measure" >&2
begin=$(uptime | sed 's/.*load average/load average/')

ip netns add "$namespace"
inside() { ip netns exec "$namespace" "$@"; }
inside ip link set lo up
inside ip link add full0 type veth peer name full1
inside ip link set full1 up; inside ip link set full0 up
inside ip addr add 10.200.0.1/24 dev full0; inside ip addr add fd00:200::1/64 dev full0 nodad
dotnet "$work/measure/RoutePeers.dll" batch "$work/table" "$held4" "$held6"
echo "routes go in" >&2
grep -v ':' "$work/table" | inside ip -4 -force -batch - 2> /dev/null || true
grep ':' "$work/table" | inside ip -6 -force -batch - 2> /dev/null || true
echo "measuring" >&2
inside dotnet "$work/measure/RoutePeers.dll" measure "$rounds" "$ipv4" "$ipv6" "$held4" "$held6" > "$work/lines.tsv"

cat <<X
# Route lookups, measured

Made by \`benchmarks/peers/routes/run.sh $rounds\` on $(date -u +%Y-%m-%d). A number is the median over the rounds, in nanoseconds of
processor time an operation, the kernel's included, the second time in a row; the ratio is to the first of our lines of the table. Numbers hold for
this machine alone.

- Machine: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(nproc) CPUs, $(uname -srm)
- .NET $(dotnet --list-runtimes | sed -n 's/Microsoft.NETCore.App \([^ ]*\).*/\1/p' | tail -1)
- Load of the machine at the begin: $begin; at the end: $(uptime | sed 's/.*load average/load average/')
X
awk -F'\t' '
  $1 != title { title = $1; base = $3; unit = title ~ /^memory/ ? "bytes" : "ns"; printf "\n## %s\n\n| | %s | ratio |\n|---|---:|---:|\n", title, unit }
  { printf "| %s | %.1f | %.2f |\n", $2, $3, $3 / base }' "$work/lines.tsv"
