# Listener: the only reader of the serial line. Counts what it hears from the host, passes `go` and `stop` on to the agent.
# shellcheck shell=sh disable=SC2034,SC2154 # the agent's files share their variables

listener() {
  role=listener heard=0 return_character=$(printf '\r')
  while IFS= read -r line; do
    line=${line%"$return_character"}
    rest=${line% *} crc=${line##* }
    # shellcheck disable=SC2086 # split into its fields; names are not expanded (set -f)
    set -- $rest
    if [ $# -ne 7 ] || [ "$1 $2 $3" != "VMB1 $nonce h" ]; then continue; fi
    # A damaged heartbeat is one too; what has consequences is checked.
    if [ "$6" != beat ]; then
      printf '%s' "$rest" >"$run/crc.listener"
      # shellcheck disable=SC2016 # expanded by insist
      insist '"$crc32" <"$run/crc.listener" >"$run/sum.listener"'
      read -r sum <"$run/sum.listener"
      if [ "$sum" != "$crc" ]; then continue; fi
    fi
    heard=$((heard + 1))
    echo "$heard" >"$run/heard"
    case $6 in
      go) echo "go $7 $5" >&7 ;;
      stop) echo stop >&7 ;;
    esac
  done
}
