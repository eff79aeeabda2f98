# Frames: the lines that carry the agent's words to the host.
# A frame has at most 4000 bytes and is written to the FIFO behind fd 8 in one write: no two are ever mixed (PIPE_BUF is 4096).
# Callers set: role (one for each process), run, nonce, crc32.
# shellcheck shell=sh disable=SC2034,SC2154 # the agent's files share their variables

# insist COMMAND: again and again until it succeeds. A job may have used up all processes or all memory for a while; a shell
# that cannot fork ends, unless it is busy with `command eval`.
insist() {
  until command eval "$1" 2>/dev/null; do :; done
}

# frame CHANNEL SEQUENCE KEY TYPE BODY: sets $line
frame() {
  line="VMB1 $nonce $1 $2 $3 $4 $5"
  printf '%s' "$line" >"$run/crc.$role"
  # shellcheck disable=SC2016
  insist 'line="$line $("$crc32" <"$run/crc.$role")"'
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
# One batch is what a pipe holds. What does not fit into one frame is compressed: a serial line carries about 0.5 MB/s.
# shellcheck disable=SC2016 # expanded by insist
pump() {
  batch=$run/batch.$1
  while :; do
    insist 'dd bs=65536 count=1 of="$batch" 2>/dev/null'
    if [ ! -s "$batch" ]; then return; fi
    insist 'chunks=$(base64 -w 3840 <"$batch")'
    case $chunks in
      *"$newline"*)
        insist 'chunks=$(gzip -1 <"$batch" | base64 -w 3840)'
        send_chunks "$1" "$2" "$3-part" "$3-last"
        ;;
      *) send_chunks "$1" "$2" '' "$3" ;;
    esac
  done
}

# send_chunks CHANNEL KEY TYPE TYPE-OF-THE-LAST: one program for the checksums of all
send_chunks() {
  channel=$1 key=$2 type=$3 last_type=$4
  # shellcheck disable=SC2086
  set -- $chunks
  left=$# files=''
  for body in "$@"; do
    left=$((left - 1)) sent=$((sent + 1))
    if [ "$left" -eq 0 ]; then type=$last_type; fi
    line="VMB1 $nonce $channel $sent $key $type $body"
    eval "line_$left=\$line"
    printf '%s' "$line" >"$run/$channel.$left"
    files="$files $run/$channel.$left"
  done
  # shellcheck disable=SC2016
  insist 'sums=$("$crc32" $files)'
  left=$#
  for word in $sums; do
    case $word in
      /*) ;;
      *)
        left=$((left - 1))
        eval "printf '%s %s\n' \"\$line_$left\" $word >&8"
        ;;
    esac
  done
}
