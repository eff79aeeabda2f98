# Ticker: once a second repeats the agent's state and ends a step whose time is up; every five seconds sends a heartbeat;
# takes the power away when nothing came from the host for 30 s. It counts its own seconds: the clock belongs to the builds.
# shellcheck shell=sh disable=SC2034,SC2154 # the agent's files share their variables

ticker() {
  role=ticker beats=0 seconds=0 silent=0 heard_last='' limited='' elapsed=0
  while sleep 1; do
    seconds=$((seconds + 1))
    if IFS= read -r state <"$run/state"; then printf '%s\n' "$state" >&8; fi
    check_deadline
    check_host
    if [ "$seconds" -ge 5 ]; then
      seconds=0 beats=$((beats + 1))
      frame b "$beats" - beat -
      printf '%s\n' "$line" >&8
    fi
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
