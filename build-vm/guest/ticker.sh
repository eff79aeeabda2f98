# Ticker: once a second repeats the agent's state and ends a step whose time is up; every five seconds sends a heartbeat;
# takes the power away when nothing came from the host for 30 s. It counts its own seconds: the clock belongs to the builds.
# From its first second on it starts no program: it has to work when a job has used up all processes.
# shellcheck shell=sh disable=SC2034,SC2154 # the agent's files share their variables

ticker() {
  role=ticker beats=0 seconds=0 silent=0 heard_last='' limited='' elapsed=0
  printf '%s' "VMB1 $nonce b " >"$run/crc.ticker"
  beat_sum=$((0x$("$crc32" <"$run/crc.ticker") ^ 0xffffffff))
  platform_pulse | while read -r _; do
    seconds=$((seconds + 1))
    if IFS= read -r state <"$run/state"; then printf '%s\n' "$state" >&8; fi
    check_deadline
    check_host
    if [ "$seconds" -ge 5 ]; then
      seconds=0
      beat
    fi
  done
}

# A heartbeat's checksum goes on from that of its beginning, which is always the same.
beat() {
  beats=$((beats + 1))
  sum=$beat_sum
  digits=$beats
  while [ -n "$digits" ]; do
    rest=${digits#?}
    add_byte $((48 + ${digits%"$rest"}))
    digits=$rest
  done
  # " - beat -"
  for code in 32 45 32 98 101 97 116 32 45; do add_byte "$code"; done
  printf 'VMB1 %s b %s - beat - %08x\n' "$nonce" "$beats" $((sum ^ 0xffffffff)) >&8
}

# CRC-32 as in gzip, bit by bit.
add_byte() {
  sum=$((sum ^ $1))
  for _ in 1 2 3 4 5 6 7 8; do
    sum=$(((sum >> 1) ^ (-(sum & 1) & 0xedb88320)))
  done
}

# The file `deadline` holds "STEP SECONDS" while a script runs; `pid` the first process of its namespace.
check_deadline() {
  read -r step limit <"$run/deadline" || { limited='' && return; }
  if [ "$limited" != "$step" ]; then limited=$step elapsed=0; fi
  elapsed=$((elapsed + 1))
  if [ "$elapsed" -gt "$limit" ] && read -r pid <"$run/pid"; then
    echo "$step" >"$run/timed-out"
    kill -9 "$pid" || :
  fi
}

check_host() {
  read -r heard <"$run/heard" || heard=''
  if [ "$heard" = "$heard_last" ]; then silent=$((silent + 1)); else silent=0 heard_last=$heard; fi
  if [ "$silent" -ge 30 ]; then platform_power_off; fi
}
