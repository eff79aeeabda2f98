# Frames: the lines that carry the agent's words to the host.
# A frame has at most 4000 bytes and is written to the FIFO behind fd 8 in one write: no two are ever mixed (PIPE_BUF is 4096).
# Callers set: role (one for each process), run, nonce, crc32.
# shellcheck disable=SC2034,SC2154 # the agent's files share their variables

# frame CHANNEL SEQUENCE KEY TYPE BODY: sets $line
frame() {
  line="VMB1 $nonce $1 $2 $3 $4 $5"
  printf '%s' "$line" >"$run/crc.$role"
  line="$line $("$crc32" <"$run/crc.$role")"
}

# say TYPE BODY KEY: the agent's state; the ticker repeats it every second until `quiet`.
say() {
  state_number=$((state_number + 1))
  frame s "$state_number" "$3" "$1" "$2"
  printf '%s\n' "$line" >"$run/state"
  printf '%s\n' "$line" >&8
}

quiet() {
  : >"$run/state"
}

# pump CHANNEL KEY TYPE: standard input in frames, as it comes; counts them in $sent.
# One batch is what a pipe holds: three programs for up to 64 KiB.
pump() {
  while chunks=$(dd bs=65536 count=1 2>/dev/null | base64 -w 3840) && [ -n "$chunks" ]; do
    send_chunks "$1" "$2" "$3"
  done
}

send_chunks() {
  channel=$1 key=$2 type=$3
  set --
  for body in $chunks; do
    sent=$((sent + 1))
    line="VMB1 $nonce $channel $sent $key $type $body"
    eval "line_$#=\$line"
    set -- "$@" "$run/$channel.$#"
    eval "printf '%s' \"\$line\" >\"\${$#}\""
  done
  index=0
  for word in $("$crc32" "$@"); do
    case $word in
      /*) ;;
      *)
        eval "printf '%s %s\n' \"\$line_$index\" $word >&8"
        index=$((index + 1))
        ;;
    esac
  done
}
