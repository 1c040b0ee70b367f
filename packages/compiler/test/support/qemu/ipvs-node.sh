# Functions for scripts in the virtual machine: a node with pods in namespaces, and services through IPVS in masquerading
# mode, as kube-proxy makes them.
busybox="$CHECKOUT/node_modules/.cache/kncompile/debian/bin/busybox"
patience=8
tries=

# The node forwards.
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding

# host NAME IPV4 IPV6: a namespace behind the node.
host() {
  ip netns add "$1"
  ip link add "$1" type veth peer name eth0 netns "$1"
  ip link set "$1" up
  ip addr add 169.254.1.1/32 dev "$1"
  ip addr add fe80::1/64 dev "$1" nodad
  ip -n "$1" link set lo up
  ip -n "$1" link set eth0 up
  ip -n "$1" addr add "$2/32" dev eth0
  ip -n "$1" addr add "$3/128" dev eth0 nodad
  ip -n "$1" route add 169.254.1.1 dev eth0
  ip -n "$1" route add default via 169.254.1.1
  ip -n "$1" route add default via fe80::1 dev eth0
  ip route add "$2" dev "$1"
  ip route add "$3" dev "$1"
}

# service ADDRESS:PORT POD:PORT
service() {
  ipvsadm -A -t "$1" -s rr
  ipvsadm -a -t "$1" -r "$2" -m
}

# Waits for a server: until_listening HOST PORT
until_listening() {
  until ip netns exec "$1" "$busybox" netstat -ltn | grep -q ":$2 "; do sleep 0.2; done
}

# try FROM ADDRESS PORT WHAT, in the background
try() {
  local inside=
  [ "$1" = node ] || inside="ip netns exec $1"
  (
    if [ "$($inside "$busybox" timeout $patience "$busybox" nc "$2" "$3" < /dev/null 2> /dev/null)" = hi ]; then
      echo "$1 to $4: passes"
    else
      echo "$1 to $4: blocked"
    fi >> /run/results
  ) 2> /dev/null &
  tries="$tries $!"
}

# Prints how the tries since the last report went, sorted.
report() {
  wait $tries
  sort /run/results
  : > /run/results
  tries=
}
