# Runs inside the virtual machine after ipvs-node.sh: the agent is there before IPVS is. CLUSTER is a folder of objects.
modules="$(echo "$CHECKOUT"/node_modules/.cache/kncompile/debian/lib/modules/*)/kernel/net/netfilter/ipvs"

host client 10.0.0.1 fd00::1
host stranger 10.0.0.2 fd00::2
host server 10.0.0.3 fd00::3
ip netns exec server "$busybox" nc -ll -p 8080 -e "$busybox" echo hi &
cp -r "$CLUSTER" /run/cluster

fetch() {
  "$busybox" wget -q -O - "http://127.0.0.1:9080/$1" 2> /dev/null
}
generation() {
  fetch metrics | grep '^kncompile_generation '
}
services() {
  try client 10.96.0.1 80 "the service $1"
  try stranger 10.96.0.1 80 "the service $1"
  report
}

"$NODE" "$CHECKOUT/packages/agent/src/main.ts" --source=files:/run/cluster --node-name=a > /run/agent.log 2>&1 &
agent=$!
until fetch readyz > /dev/null; do sleep 0.5; done
nft list chain inet kncompile output > /dev/null 2>&1 && echo 'judged in output too early'

"$busybox" insmod "$modules/ip_vs.ko"
"$busybox" insmod "$modules/ip_vs_rr.ko"
echo 1 > /proc/sys/net/ipv4/vs/conntrack
ip link add kube-ipvs0 type dummy
ip addr add 10.96.0.1/32 dev kube-ipvs0
service 10.96.0.1:80 10.0.0.3:8080
until nft list chain inet kncompile output 2> /dev/null | grep -q accept; do sleep 0.5; done
services 'when IPVS came'
fetch metrics | grep '^kncompile_unenforced_paths.* 1$' || echo 'nothing escapes'

before=$(generation)
"$busybox" sed -i 's/app: client/app: stranger/' /run/cluster/policy.yaml
until [ "$(generation)" != "$before" ]; do sleep 0.5; done
services 'when the policy had changed'

kill -9 $agent
services 'with the agent killed'
