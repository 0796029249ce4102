#!/usr/bin/env bash
# A healthy host: sshd, chronyd, nginx, postgres, and dnsmasq on loopback, in a private network namespace; then a command in it.
# usage: healthy-host.sh command...
set -euo pipefail
name=serva-healthy-$$ dir=$(mktemp -d)
cleanup() { kill $(ip netns pids "$name" 2> /dev/null) 2> /dev/null || true; ip netns del "$name" 2> /dev/null || true; rm -rf "$dir"; }
trap cleanup EXIT
chmod 755 "$dir"
ip netns add "$name"
ip -n "$name" link set lo up
ip -n "$name" link add eth0 type veth peer name eth0p
ip -n "$name" addr add 192.0.2.10/24 dev eth0
ip -n "$name" link set eth0 up; ip -n "$name" link set eth0p up
inside() { ip netns exec "$name" "$@"; }
mkdir -p /run/sshd; ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
inside /usr/sbin/sshd -f /dev/null -h "$dir/key" -o PidFile="$dir/sshd.pid"
printf 'cmdport 323\npidfile %s/chronyd.pid\nbindcmdaddress 127.0.0.1\ndriftfile %s/drift\n' "$dir" "$dir" > "$dir/chrony.conf"
inside chronyd -x -u root -f "$dir/chrony.conf"
printf 'pid %s/nginx.pid;\nerror_log stderr;\nevents {}\nhttp { access_log off; server { listen 80; } }\n' "$dir" > "$dir/nginx.conf"
inside nginx -c "$dir/nginx.conf" -p "$dir"
inside dnsmasq --conf-file=/dev/null --listen-address=127.0.0.1 --bind-interfaces --pid-file="$dir/dnsmasq.pid" --no-resolv
# It refuses to run as root.
postgres=$(find /usr/lib/postgresql -name initdb -printf '%h\n' | sort -V | tail -n 1)
install -d -o postgres "$dir/pg"
as_postgres() { ip netns exec "$name" setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
as_postgres "$postgres/initdb" -D "$dir/pg/data" -A trust --no-sync > "$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log"; exit 1; }
as_postgres "$postgres/pg_ctl" -s -w -D "$dir/pg/data" -l "$dir/pg/log" -o "-c unix_socket_directories=$dir/pg -c fsync=off" start > /dev/null
inside "$@"
