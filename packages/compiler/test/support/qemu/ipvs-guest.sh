# Runs inside the virtual machine after ipvs-node.sh. /run/rules and /run/revoked are texts for nft. Prints a line per
# connection: who, to what, `passes` or `blocked`.

# As kube-proxy sets it: without it no packet of a service is tracked.
echo 1 > /proc/sys/net/ipv4/vs/conntrack

host client 10.0.0.1 fd00::1
host stranger 10.0.0.2 fd00::2
host server 10.0.0.3 fd00::3
host caged 10.0.0.4 fd00::4
host other 10.0.0.5 fd00::5
host unknown 10.0.0.99 fd00::99
host outside 198.51.100.1 2001:db8:2::1

# The node, and the services' addresses on a dummy device.
ip link add kube-ipvs0 type dummy
for address in 192.0.2.1/32 10.96.0.1/32 10.96.0.2/32 2001:db8::1/128 fd96::1/128 fd96::2/128; do
  case $address in *:*) ip addr add $address dev kube-ipvs0 nodad ;; *) ip addr add $address dev kube-ipvs0 ;; esac
done
service 10.96.0.1:80 10.0.0.3:8080
service 10.96.0.2:80 10.0.0.5:8080
service 192.0.2.1:30080 10.0.0.3:8080
service 192.0.2.1:30081 10.0.0.3:8081
service '[fd96::1]:80' '[fd00::3]:8080'
service '[fd96::2]:80' '[fd00::5]:8080'
service '[2001:db8::1]:30080' '[fd00::3]:8080'
service '[2001:db8::1]:30081' '[fd00::3]:8081'
# What comes from elsewhere, from the node or from the pod itself needs the node's address for the way back.
nft -f - <<'NAT'
table inet nat {
  chain postrouting {
    type nat hook postrouting priority srcnat
    ip daddr 10.0.0.0/24 ip saddr != 10.0.0.0/24 masquerade
    ip6 daddr fd00::/64 ip6 saddr != fd00::/64 masquerade
    ip saddr 10.0.0.3 ip daddr 10.0.0.3 masquerade
    ip6 saddr fd00::3 ip6 daddr fd00::3 masquerade
  }
}
NAT
nft -f /run/rules

for port in 8080 8081; do ip netns exec server "$busybox" nc -ll -p $port -e "$busybox" echo hi & done
ip netns exec other "$busybox" nc -ll -p 8080 -e "$busybox" echo hi &
"$busybox" nc -ll -p 9090 -e "$busybox" echo hi &
for port in 8080 8081; do until_listening server $port; done
until_listening other 8080
until "$busybox" netstat -ltn | grep -q ':9090 '; do sleep 0.2; done

# both FROM IPV4 IPV6 PORT WHAT
both() {
  try "$1" "$2" "$4" "$5, IPv4"
  try "$1" "$3" "$4" "$5, IPv6"
}

both client 10.96.0.1 fd96::1 80 'the service'
both stranger 10.96.0.1 fd96::1 80 'the service'
both caged 10.96.0.1 fd96::1 80 'the service'
both caged 10.96.0.2 fd96::2 80 'another service'
both client 10.96.0.2 fd96::2 80 'another service'
both server 10.96.0.1 fd96::1 80 'its own service'
both node 10.96.0.1 fd96::1 80 'the service'
both outside 192.0.2.1 2001:db8::1 30080 'the node port'
both outside 192.0.2.1 2001:db8::1 30081 'the open node port'
both client 10.0.0.3 fd00::3 8080 'the pod'
both stranger 10.0.0.3 fd00::3 8080 'the pod'
both client 192.0.2.1 2001:db8::1 9090 'its node'
both caged 192.0.2.1 2001:db8::1 9090 'its node'
both unknown 10.96.0.1 fd96::1 80 'the service while nobody judges'
report

"$NODE" "$CHECKOUT/packages/nfq-ffi/test/support/listener.ts" > /run/listener &
until grep -q listening /run/listener; do sleep 1; done
both unknown 10.96.0.1 fd96::1 80 'the service when a judge accepts'
report

# A connection through the service that lasts, and the policy that takes its permission away.
# Without input of its own the server would end its half at once.
sleep 1000 | ip netns exec server "$busybox" nc -l -p 8082 > /run/heard &
until_listening server 8082
ipvsadm -A -t 10.96.0.1:82 -s rr
ipvsadm -a -t 10.96.0.1:82 -r 10.0.0.3:8082 -m
(while sleep 0.2; do echo x; done) | ip netns exec client "$busybox" nc 10.96.0.1 82 > /dev/null &
until [ "$(wc -l < /run/heard)" -ge 3 ]; do sleep 0.2; done
nft -f /run/revoked
wc -l < /run/heard > /run/before
sleep 3
[ "$(wc -l < /run/heard)" -le $(($(cat /run/before) + 1)) ] && echo 'revoked: cut' || echo 'revoked: goes on'
