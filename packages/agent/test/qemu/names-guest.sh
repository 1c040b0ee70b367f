# Runs inside the virtual machine after agent.sh: rules about names with nft's own queue statement. CLUSTER is a folder of objects.
# both FROM NUMBER WHAT: passes, on a busy machine after some seconds.
both() {
  patience=8
  connect "$@"
}
# neither FROM NUMBER WHAT: what is blocked takes all of its patience.
neither() {
  patience=3
  connect "$@"
}
connect() {
  try "$1" "198.51.100.$2" 8080 "$3, IPv4"
  try "$1" "2001:db8:2::$2" 8080 "$3, IPv6"
}
# ask RESOLVER NAME: client does, for the addresses of both families.
ask() {
  ip netns exec client "$busybox" nslookup "$2" "$1" > /run/answer || true
  echo "$2 is" $("$busybox" awk '/^Name:/ { told = 1 } told && /^Address:/ { print $2 }' /run/answer | sort)
}
# Packets of connections that came to the judge. DNS messages have the other queue.
judged() {
  "$busybox" awk '$1 == 100 { print $8 }' /proc/net/netfilter/nfnetlink_queue
}
short_is_over() {
  ! nft list sets inet | grep -qE '198\.51\.100\.22|2001:db8:2::22'
}

host client 10.0.0.1 fd00::1
host silent 10.0.0.2 fd00::2
host resolver 192.0.2.53 2001:db8::53
host server 198.51.100.20 2001:db8:2::20
# Its other addresses: all of its networks.
ip -n server route add local 198.51.100.0/24 dev lo
ip -n server route add local 2001:db8:2::/64 dev lo
ip route add 198.51.100.0/24 via 198.51.100.20
ip route add 2001:db8:2::/64 via 2001:db8:2::20
ip netns exec server "$busybox" nc -ll -p 8080 -e "$busybox" echo hi &
until_listening server 8080
ip netns exec resolver dnsmasq --keep-in-foreground --no-resolv --no-hosts --conf-file=/dev/null --pid-file= --user=root \
  --host-record=api.example.com,198.51.100.20,2001:db8:2::20,3600 \
  --host-record=deep.wild.example.com,198.51.100.21,2001:db8:2::21,3600 \
  --host-record=short.example.com,198.51.100.22,2001:db8:2::22,1 \
  --host-record=other.example.com,198.51.100.23,2001:db8:2::23,3600 &
cp -r "$CLUSTER" /run/cluster

start_agent
nft list chain inet kncompile dns | grep -q 'queue flags bypass' && echo 'the kernel queues DNS messages by itself'
neither client 20 'api before it asks'
report

ask 192.0.2.53 other.example.com
ask 192.0.2.53 short.example.com
ask 192.0.2.53 api.example.com
before=$(judged)
both client 20 'api'
report
[ "$(judged)" = "$before" ] && echo 'the kernel let them through from the first packet'
[ "$(metric kncompile_learned_names_total)" -ge 4 ] && echo 'four addresses were learned'
neither silent 20 'api'
wait_for short_is_over
neither client 22 'short after its time'
neither client 23 'other'
report

kill_agent
ask 2001:db8::53 deep.wild.example.com
both client 20 'api with the agent killed'
neither client 21 'wild with the agent killed'
neither silent 20 'api with the agent killed'
report

start_agent
grep -o '"table":"[a-z]*"' /run/agent.log
before=$(judged)
both client 20 'api with the next agent'
report
[ "$(judged)" = "$before" ] && echo 'the kernel let them through from the first packet'
ask 2001:db8::53 deep.wild.example.com
both client 21 'wild'
report
