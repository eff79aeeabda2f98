# Platform of a target-VM: what the agent needs of a machine that starts a system of its own. Every program is an applet of busybox,
# which its shell prefers to the system's own programs.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154 # the agent's files share their variables
. "$guest/disk-order.sh"

# Opens fd 6 for the host's words and fd 9 for the agent's.
platform_start() {
  run=$guest/run step_folder=$run/step crc32=crc32
  mkdir -p "$step_folder"
  # Only a panic may write between frames, and no message of a starting service.
  dmesg -n 1
  if [ -d /run/systemd/system ]; then kill -55 1; fi
  exec 6</dev/ttyS0 9>/dev/ttyS0
  stty raw -echo clocal -crtscts <&6
  if [ -e /proc/self/oom_score_adj ]; then echo -1000 >/proc/self/oom_score_adj; fi
  # When the system goes down, everything gets SIGTERM: the agent stays, so that nothing is taken for the end of a step.
  trap '' TERM HUP INT
  watch_for_shutdown &
}

# Tells of the system's going down by a file.
watch_for_shutdown() {
  trap 'echo yes >"$run/going-down"; exit' TERM
  while :; do
    sleep 86400 &
    wait $! || :
  done
}

# in_system PROGRAM…: an applet that sees what the system has mounted.
in_system() {
  nsenter -t 1 -m "$guest/busybox" "$@"
}

# platform_step: runs the script as the system's own root, in a process group of its own, and ends whatever holds on to its output.
platform_step() {
  code=0
  # What this shell says, when its child is killed, is not the step's output.
  {
    (
      trap - TERM HUP INT
      # shellcheck disable=SC2016 # expanded by the shell that runs it
      exec setsid sh -c 'echo "-$$" >"$1/run/pid"; echo 0 >/proc/self/oom_score_adj
        exec 3>&- 4<&- 5>&- nsenter -t 1 -m "$1/busybox" sh <"$1/run/step/script"' sh "$guest" 2>&1
    ) || code=$?
  } 2>>"$run/errors"
  end_output
  if [ "$code" -ne 0 ]; then check_room; fi
  return "$code"
}

# What the command left running may have its output open, whose end the agent waits for. Who reads it has it as fd 0.
end_output() {
  output=$(exec readlink /proc/self/fd/2)
  read -r shell _ </proc/self/stat
  set +f
  for process in /proc/[0-9]*; do
    number=${process#/proc/}
    if [ "$number" = "$shell" ]; then continue; fi
    case $(ls -l "$process/fd" || :) in
      *" 0 -> $output"*) ;;
      *" -> $output"*) kill -9 "$number" || : ;;
    esac
  done 2>/dev/null
  set -f
}

# Mount points of the disks that the system can write to, the last mounted first.
writable() {
  points=''
  while read -r device point _ options _; do
    case $device:$options in /dev/*:rw | /dev/*:rw,*) points=$(printf '%b' "$point")$newline$points ;; esac
  done </proc/1/mounts
}

check_room() {
  writable
  IFS=$newline
  for point in $points; do
    IFS=$blank
    # shellcheck disable=SC2046
    set -- $(in_system stat -f -c '%a %S %c %d' "$point")
    if [ $(($1 * $2)) -lt 65536 ] || { [ "$3" -gt 0 ] && [ "$4" -eq 0 ]; }; then echo target-full >&3; fi
  done
  IFS=$blank
}

# A command that restarts the machine has often ended before the machine has: then there is no end of the step.
# Frozen, or else read-only, filesystems are whole when the host takes the power away.
platform_release() {
  tries=0
  while [ "$tries" -lt 10 ] || [ -s "$run/going-down" ]; do
    sleep 0.2
    tries=$((tries + 1))
  done
  sync
  writable
  IFS=$newline
  for point in $points; do
    IFS=$blank
    in_system fsfreeze --freeze "$point" || in_system mount -o remount,ro "$point" || :
  done 2>/dev/null
  IFS=$blank
  sync
}

platform_clock() {
  date -u -s "@$1" >/dev/null
}

# Sets $killed: a number that rises when the kernel kills a process because memory is full.
platform_killed_for_memory() {
  killed=$(grep '^oom_kill ' /proc/vmstat || :)
}

# The kernel's messages stay in the target: following them would take more than busybox has.
platform_kernel_log() {
  :
}

# A line every second, without a program for each.
platform_pulse() {
  mkfifo "$run/never"
  exec sh -c 'while :; do read -t 1 _ <&5; echo; done' 5<>"$run/never"
}

platform_power_off() {
  exec poweroff -n -f
}
