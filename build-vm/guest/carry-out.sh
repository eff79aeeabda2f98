# Carries out one step: the same state around it whatever ran before, its output in frames, then its report and how it ended.
# shellcheck shell=sh disable=SC2034,SC2154 # the agent's files share their variables

carry_out() {
  number=$1 step_key=$2
  eval "set -- \${step_$number-}"
  if [ $# -ne 4 ]; then fault unknown-step "The host asked for step $number, which the job disk does not hold."; fi
  limit=$3 clock=$4
  dd if="$run/text" of="$step_folder/script" bs=65536 skip=$(($1 + scripts_at)) count="$2" \
    iflag=skip_bytes,count_bytes,fullblock 2>/dev/null
  present_disks
  write_prelude
  : >"$run/report"
  : >"$run/pid"
  : >"$run/timed-out"
  platform_clock "$clock"
  echo "$number $limit" >"$run/deadline"
  run_script
  : >"$run/deadline"
  platform_release || fault disk-in-use "A disk is still in use after step $number: $in_use."
  report
  say "done" "$number $status $sent" "$step_key"
}

# Output goes through a pipe, so that nobody but the pump holds the way to the host.
run_script() {
  {
    code=0
    # What earlier steps brought out stays: this step goes on behind it.
    if [ "$out_position" -gt 0 ]; then dd bs=4096 seek=$((out_position / 4096)) count=0 conv=notrunc >&5 2>/dev/null; fi
    platform_step 6<&- 7>&- 8>&- 9>&- || code=$?
    while read -r word value; do
      if [ "$word" = pos: ]; then echo "$code $value" >"$run/status"; fi
    done </proc/self/fdinfo/5
  } 2>&1 3>>"$run/report" 4<"$disk_2" 5<>"$payload_out_device" </dev/null | {
    sent=0
    pump o "$step_key" out
    echo "$sent" >"$run/sent"
  }
  read -r sent <"$run/sent"
  read -r status out_position <"$run/status"
}

# What the host makes an outcome of; it goes after the output in the same channel, so that a lost part is noticed.
report() {
  if [ -s "$run/timed-out" ]; then echo timeout >>"$run/report"; fi
  killed_before=$killed
  platform_killed_for_memory
  if [ "$killed" != "$killed_before" ]; then echo out-of-memory >>"$run/report"; fi
  if [ -s "$run/report" ]; then pump o "$step_key" report <"$run/report"; fi
}

# Every region becomes a device; payload-out only where it is a part of a disk. Scratch comes first, always as a device of its
# own: a command sees the name of what /tmp lies on, which should be the same whatever else this session has.
present_disks() {
  : >"$run/nodes"
  scratch_device='' payload_out_device=/dev/null payload_out_bytes=0
  if [ -n "$scratch" ]; then
    # shellcheck disable=SC2086
    set -- $scratch
    eval "platform_present_part \"\$disk_$1\" \"\$2\" \"\$3\""
    scratch_device=$device
  fi
  IFS=$newline
  for region in $regions; do
    IFS=$blank
    # shellcheck disable=SC2086
    set -- $region
    eval "platform_present \"\$1\" \"\$disk_$2\" \"\$3\" \"\$4\""
  done
  IFS=$blank
  if [ -n "$payload_out" ]; then
    # shellcheck disable=SC2086
    device_of $payload_out
    payload_out_device=$device payload_out_bytes=${payload_out##* }
  fi
  present_tools
}

# The tools image, where the step's payloads have it: a read-only device, which the function vmb_tools mounts.
present_tools() {
  eval "payloads=\$payloads_$number"
  IFS=$newline
  for payload in $payloads; do
    IFS=$blank
    # shellcheck disable=SC2086
    set -- $payload
    if [ "$1" = vmb-tools ]; then platform_present_tools "$disk_2" "$2" "$3"; fi
  done
  IFS=$blank
}

# device_of DISK-NUMBER OFFSET BYTES: sets $device
device_of() {
  eval "device=\$disk_$1 bytes=\$disk_bytes_$1"
  if [ "$2 $3" != "0 $bytes" ]; then platform_present_part "$device" "$2" "$3"; fi
}

# What the functions of a script know about this step; names hold letters, digits and dashes only.
write_prelude() {
  printf "vmb_payloads='%s'\nvmb_payload_out_bytes=%s\n" "$payloads" "$payload_out_bytes" >"$step_folder/prelude"
  printf '%s\n' "$epoch" >"$step_folder/epoch"
}
