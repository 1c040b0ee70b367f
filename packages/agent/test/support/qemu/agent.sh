# Functions for scripts in the virtual machine, after ipvs-node.sh: the agent, and waiting for it. AGENT is the program; its
# objects are in /run/cluster.
agent=

# wait_for COMMAND…: until it succeeds. Ends the script, and shows the agent's log, when the agent has gone or after three minutes.
wait_for() {
  local tries=900
  until "$@"; do
    tries=$((tries - 1))
    if [ $tries = 0 ] || { [ "$agent" ] && ! kill -0 $agent 2> /dev/null; }; then
      echo "waited in vain for: $*"
      cat /run/agent.log
      exit 1
    fi
    sleep 0.2
  done
}
# fetch PATH, from the agent
fetch() {
  "$busybox" wget -q -O - "http://127.0.0.1:9080/$1" 2> /dev/null
}
ready() {
  fetch readyz > /dev/null
}
both_queues_open() {
  [ "$(wc -l < /proc/net/netfilter/nfnetlink_queue)" = 2 ]
}
# start_agent FLAG…
start_agent() {
  "$NODE" "$AGENT" --source=files:/run/cluster --node-name=a --queue-range=100-101 \
    --resolve-timeout=60s "$@" > /run/agent.log 2>&1 &
  agent=$!
  wait_for ready
  wait_for both_queues_open
}
kill_agent() {
  kill -9 $agent
  agent=
}
# metric NAME: the sum over labels.
metric() {
  fetch metrics | "$busybox" awk -v name="$1" 'index($1, name) == 1 { n += $2 } END { print n + 0 }'
}
# Whether the generation is no longer $before.
moved_on() {
  [ "$(metric kncompile_generation)" != "$before" ]
}
