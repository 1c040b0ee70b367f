#!/bin/sh
# First process of the virtual machine: the host's root over 9p, read-only, with a memory overlay on it; in there the
# script of the test. /dev/ttyS0 carries nothing but the script's output, and its exit code in the last line.
/bin/busybox mkdir -p /proc /sys /dev /lower /memory /merged
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox stty -F /dev/ttyS0 raw -echo
(
  set -e
  while read -r module; do /bin/busybox insmod "/modules/$module"; done < /modules/order
  /bin/busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose host /lower
  /bin/busybox mount -t tmpfs memory /memory
  /bin/busybox mkdir /memory/upper /memory/scratch
  /bin/busybox mount -t overlay -o lowerdir=/lower,upperdir=/memory/upper,workdir=/memory/scratch overlay /merged
  /bin/busybox mount -t proc proc /merged/proc
  /bin/busybox mount -t sysfs sysfs /merged/sys
  /bin/busybox mount -t devtmpfs devtmpfs /merged/dev
  /bin/busybox mount -t tmpfs run /merged/run
  /bin/busybox ip link set lo up
  /bin/busybox cp /script.sh /merged/run/script.sh
  exec /bin/busybox chroot /merged /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/ /bin/sh /run/script.sh
) > /dev/ttyS0 2>&1 < /dev/null
/bin/busybox printf '\nkncompile-exit %s\n' "$?" > /dev/ttyS0
/bin/busybox sync
/bin/busybox reboot -f
