# Platform: what the agent needs of the machine. The guest tests put another file in its place.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154 # the agent's files share their variables
. "${guest:-/vmb}/disk-order.sh"

# Opens fd 6 for the host's words and fd 9 for the agent's.
platform_start() {
  run=/vmb/run step_folder=/vmb/step crc32=crc32 loops=''
  PATH=/usr/sbin:/usr/bin:/sbin:/bin
  export PATH
  exec 6</dev/console 9>/dev/console
  stty raw -echo clocal -crtscts <&6
}

# platform_present NAME DISK OFFSET LENGTH: a loop device, so that block size and geometry are the same on every controller.
platform_present() {
  attach "$2" "$3" "$4" --partscan
  read -r node <"/sys/block/$loop/dev"
  echo "$1 $node" >>"$run/nodes"
  set +f
  for entry in "/sys/block/$loop/$loop"p*/dev; do
    if [ -e "$entry" ]; then
      read -r node <"$entry"
      entry=${entry%/dev}
      echo "$1-part${entry##*p} $node" >>"$run/nodes"
    fi
  done
  set -f
}

# platform_present_tools DISK OFFSET LENGTH: as .tools, which no disk of a build can be called
platform_present_tools() {
  attach "$1" "$2" "$3" --read-only
  read -r node <"/sys/block/$loop/dev"
  echo ".tools $node" >>"$run/nodes"
}

# platform_present_part DISK OFFSET LENGTH: sets $device
platform_present_part() {
  attach "$1" "$2" "$3"
  device=/dev/$loop
}

attach() {
  disk=$1 offset=$2 length=$3
  shift 3
  # Direct: the page cache of the disk below would only be a second copy of each block.
  loop=$(losetup --find --show --direct-io=on --offset "$offset" --sizelimit "$length" "$@" "$disk")
  loop=${loop##*/}
  loops="$loops $loop"
}

# platform_step: runs the script; its end is the end of all that it started and mounted.
platform_step() {
  # What unshare itself says, when its child is killed, is not the step's output.
  unshare --pid --mount --ipc --uts --net --fork --kill-child sh "$guest/step-init" "$scratch_device" 2>>"$run/errors"
}

# Detaches all loop devices and empties the block caches; returns 1 with $in_use when one does not come free.
platform_release() {
  busybox sync
  for loop in $loops; do
    busybox losetup -d "/dev/$loop"
    tries=0
    while [ -e "/sys/block/$loop/loop/backing_file" ]; do
      if [ "$tries" -ge 100 ]; then in_use=$loop && return 1; fi
      tries=$((tries + 1))
      sleep 0.1
    done
  done
  # The first two disks, system and job, are never written to.
  loops='' index=2
  while [ "$index" -lt "$disk_count" ]; do
    index=$((index + 1))
    eval "busybox blockdev --flushbufs \"\$disk_$index\""
  done
  echo 3 >/proc/sys/vm/drop_caches
}

platform_clock() {
  date -u -s "@$1" >/dev/null
}

# Sets $killed: a number that rises when the kernel kills a process because memory is full.
platform_killed_for_memory() {
  killed=$(grep '^oom_kill ' /proc/vmstat)
}

# The kernel's messages from here on: those of the boot cost 0.3 s on a serial line.
platform_kernel_log() {
  /bin/dmesg --follow-new
}

# A line every second. Busybox's shell waits by itself, without a program for each second.
platform_pulse() {
  mkfifo "$run/never"
  exec busybox sh -c 'while :; do read -t 1 _ <&5; echo; done' 5<>"$run/never"
}

platform_power_off() {
  exec poweroff -n -f
}
