# The platform of the guest tests: the agent runs on this host as an ordinary program, with files as disks and no namespaces.
# Environment: VMB_TEST, a folder with the files `disks` (a path each line) and `killed`; everything else is made in it.
# shellcheck shell=sh disable=SC2016,SC2034,SC2154 # the agent's files share their variables

platform_start() {
  run=$VMB_TEST/run step_folder=$VMB_TEST/step crc32=$VMB_TEST/bin/crc32
  # `sleep` in bin/ makes the agent's seconds short.
  PATH=$VMB_TEST/bin:$PATH
  mkdir -p "$run" "$step_folder" "$VMB_TEST/dev"
  exec 6<&0 9>&1
}

platform_disks() {
  disk_count=0
  while read -r path; do
    disk_count=$((disk_count + 1))
    eval "disk_$disk_count=\$path disk_bytes_$disk_count=$(stat -c %s "$path")"
  done <"$VMB_TEST/disks"
}

platform_present() {
  if [ "$3" != 0 ]; then fault test "these tests have no disks in parts"; fi
  ln -sf "$2" "$VMB_TEST/dev/$1"
}

platform_present_tools() {
  dd if="$1" of="$VMB_TEST/tools" bs=4096 skip="$2" count="$3" iflag=skip_bytes,count_bytes 2>/dev/null
}

# A group of processes of its own can be ended like a namespace: what it left behind too.
platform_step() {
  VMB_STEP=$step_folder vmb_guest=$guest setsid --wait sh -euc '
    echo "-$$" >"$VMB_TEST/run/pid"
    . "$vmb_guest/functions.sh"
    . "$VMB_STEP/prelude"
    . "$VMB_STEP/script"
  '
}

platform_release() {
  if [ -e "$VMB_TEST/in-use" ]; then in_use=loop0 && return 1; fi
}

platform_clock() {
  echo "$1" >>"$VMB_TEST/clock"
}

platform_killed_for_memory() {
  read -r killed <"$VMB_TEST/killed"
}

platform_kernel_log() {
  echo '[    1.000000] a message of the kernel'
}

platform_pulse() {
  while sleep 1; do echo; done
}

platform_power_off() {
  echo >"$VMB_TEST/power-off"
  kill -9 0
}
