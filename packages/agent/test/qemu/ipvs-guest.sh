# Runs inside the virtual machine after agent.sh: the agent is there before IPVS is. CLUSTER is a folder of objects.
modules="$(echo "$CHECKOUT"/node_modules/.cache/kncompile/debian/lib/modules/*)/kernel/net/netfilter/ipvs"

host client 10.0.0.1 fd00::1
host stranger 10.0.0.2 fd00::2
host server 10.0.0.3 fd00::3
ip netns exec server "$busybox" nc -ll -p 8080 -e "$busybox" echo hi &
until_listening server 8080
cp -r "$CLUSTER" /run/cluster

judges_output() {
  nft list chain inet kncompile output 2> /dev/null | grep -q accept
}
services() {
  try client 10.96.0.1 80 "the service $1"
  try stranger 10.96.0.1 80 "the service $1"
  report
}

start_agent
nft list chain inet kncompile output > /dev/null 2>&1 && echo 'judged in output too early'

"$busybox" insmod "$modules/ip_vs.ko"
"$busybox" insmod "$modules/ip_vs_rr.ko"
echo 1 > /proc/sys/net/ipv4/vs/conntrack
ip link add kube-ipvs0 type dummy
ip addr add 10.96.0.1/32 dev kube-ipvs0
service 10.96.0.1:80 10.0.0.3:8080
wait_for judges_output
services 'when IPVS came'
fetch metrics | grep '^kncompile_unenforced_paths.* 1$' || echo 'nothing escapes'

before=$(metric kncompile_generation)
"$busybox" sed -i 's/app: client/app: stranger/' /run/cluster/policy.yaml
wait_for moved_on
services 'when the policy had changed'

kill_agent
services 'with the agent killed'

start_agent
grep -o '"table":"[a-z]*"' /run/agent.log
services 'with the next agent'
