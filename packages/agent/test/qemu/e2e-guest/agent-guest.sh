# Runs inside the virtual machine after agent.sh: the agent with nft's own queue statement. GUEST is this folder.
host client 10.0.0.1 fd00::1
host stranger 10.0.0.2 fd00::2
host server 10.0.0.3 fd00::3
host late 10.0.0.9 fd00::9
ip netns exec server "$busybox" nc -ll -p 8080 -e "$busybox" echo hi &
until_listening server 8080
cp -r "$GUEST/cluster" /run/cluster

# both FROM WHAT
both() {
  try "$1" 10.0.0.3 8080 "$2, IPv4"
  try "$1" fd00::3 8080 "$2, IPv6"
}
# allow APP
allow() {
  before=$(metric kncompile_generation)
  "$busybox" sed -i "s/matchLabels: { app: [a-z]* } } }\]/matchLabels: { app: $1 } } }]/" /run/cluster/policy.yaml
  wait_for moved_on
}
lines() {
  wc -l < /run/heard
}
more() {
  [ "$(lines)" -gt $((lines_before + 3)) ]
}
# Waits until the lasting connection has brought more.
until_more() {
  lines_before=$(lines)
  wait_for more
}
late_are_queued() {
  [ "$("$busybox" awk '{ n += $8 } END { print n + 0 }' /proc/net/netfilter/nfnetlink_queue)" -ge 2 ]
}

start_agent
nft list ruleset | grep -q 'queue.* to 10[01]' && echo 'the kernel queues by itself'
both client 'with the agent'
both stranger 'with the agent'
report

# Held by the judge until the agent hears of it.
try late 10.0.0.3 8080 'told of late, IPv4'
try late fd00::3 8080 'told of late, IPv6'
wait_for late_are_queued
cp "$GUEST/late-pod.yaml" /run/cluster/late.yaml
report

# A connection that lasts: numbered lines.
sleep 1000 | ip netns exec server "$busybox" nc -l -p 8082 > /run/heard &
until_listening server 8082
(
  n=0
  while sleep 0.2; do
    n=$((n + 1))
    echo $n
  done
) | ip netns exec client "$busybox" nc 10.0.0.3 8082 > /dev/null &
until_more

kill_agent
both client 'with the agent killed'
both stranger 'with the agent killed'
report
until_more

start_agent --datapath=queue
grep -o '"table":"[a-z]*"' /run/agent.log
until_more
both client 'with the queue'
both stranger 'with the queue'
report
until_more
[ "$("$busybox" awk '$1 != NR' /run/heard | wc -l)" = 0 ] && echo 'no line is missing'

# The time of day jumps, forth and back, and changes come as ever.
date -s 2038-06-01 > /dev/null
allow stranger
count=$(lines)
both client 'ten years later'
both stranger 'ten years later'
report
[ "$(lines)" -le $((count + 1)) ] && echo 'the lasting connection is cut'
date -s 2001-06-01 > /dev/null
allow client
both client 'long ago'
report
"$busybox" wget -q -O /dev/null http://127.0.0.1:9080/readyz && echo 'ready'
"$busybox" awk '{ queued += $8; dropped += $6 + $7 } END { print (queued > 10 ? "queued" : "not queued") ", dropped " dropped }' \
  /proc/net/netfilter/nfnetlink_queue
echo "failed commits $(metric kncompile_failed_commits_total), drifts $(metric kncompile_drifts_total)"
