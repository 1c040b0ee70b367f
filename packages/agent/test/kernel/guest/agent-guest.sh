# Runs inside the virtual machine after ipvs-node.sh: the agent with nft's own queue statement. GUEST is this folder, AGENT the program.
host client 10.0.0.1 fd00::1
host stranger 10.0.0.2 fd00::2
host server 10.0.0.3 fd00::3
host late 10.0.0.9 fd00::9
ip netns exec server "$busybox" nc -ll -p 8080 -e "$busybox" echo hi &
cp -r "$GUEST/cluster" /run/cluster

# start_agent FLAG…
start_agent() {
  "$NODE" "$AGENT" --source=files:/run/cluster --node-name=a --queue-range=100-101 \
    --resolve-timeout=60s "$@" > /run/agent.log 2>&1 &
  agent=$!
  until "$busybox" wget -q -O /dev/null http://127.0.0.1:9080/readyz 2> /dev/null; do
    kill -0 $agent 2> /dev/null || { cat /run/agent.log; exit 1; }
    sleep 0.5
  done
  until [ "$(wc -l < /proc/net/netfilter/nfnetlink_queue)" = 2 ]; do sleep 0.5; done
}
# The sum over labels.
metric() {
  "$busybox" wget -q -O - http://127.0.0.1:9080/metrics | "$busybox" awk -v name="$1" 'index($1, name) == 1 { n += $2 } END { print n + 0 }'
}
# both FROM WHAT
both() {
  try "$1" 10.0.0.3 8080 "$2, IPv4"
  try "$1" fd00::3 8080 "$2, IPv6"
}
# allow APP
allow() {
  local before
  before=$(metric kncompile_generation)
  "$busybox" sed -i "s/matchLabels: { app: [a-z]* } } }\]/matchLabels: { app: $1 } } }]/" /run/cluster/policy.yaml
  until [ "$(metric kncompile_generation)" != "$before" ]; do sleep 0.2; done
}
lines() {
  wc -l < /run/heard
}
# Waits until the lasting connection has brought more.
until_more() {
  local before
  before=$(lines)
  until [ "$(lines)" -gt $((before + 3)) ]; do sleep 0.2; done
}

start_agent
nft list ruleset | grep -q 'queue.* to 10[01]' && echo 'the kernel queues by itself'
both client 'with the agent'
both stranger 'with the agent'
report

# Held by the judge until the agent hears of it.
try late 10.0.0.3 8080 'told of late, IPv4'
try late fd00::3 8080 'told of late, IPv6'
until [ "$("$busybox" awk '{ n += $8 } END { print n + 0 }' /proc/net/netfilter/nfnetlink_queue)" -ge 2 ]; do sleep 0.1; done
cp "$GUEST/late-pod.yaml" /run/cluster/late.yaml
report

# A connection that lasts: numbered lines.
sleep 1000 | ip netns exec server "$busybox" nc -l -p 8082 > /run/heard &
until ip netns exec server "$busybox" netstat -ltn | grep -q :8082; do sleep 0.2; done
(
  n=0
  while sleep 0.2; do
    n=$((n + 1))
    echo $n
  done
) | ip netns exec client "$busybox" nc 10.0.0.3 8082 > /dev/null &
until_more

kill -9 $agent
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
