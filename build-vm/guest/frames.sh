# Frames: the lines that carry the agent's words to the host.
# A frame has at most 4000 bytes and is written to the FIFO behind fd 8 in one write: no two are ever mixed (PIPE_BUF is 4096).
# Callers set: role (one for each process), run, nonce, crc32.
# shellcheck shell=sh disable=SC2034,SC2154 # the agent's files share their variables

# insist COMMAND: again and again until it succeeds. A job may have used up all processes or all memory for a while; a shell
# that cannot fork ends, unless it is busy with `command eval`. COMMAND holds no $(…): each time that it cannot fork, dash would
# keep both ends of a pipe open, until there are no more of them and nothing succeeds any longer.
insist() {
  until command eval "$1" 2>/dev/null; do :; done
}

# frame CHANNEL SEQUENCE KEY TYPE BODY: sets $line
frame() {
  line="VMB1 $nonce $1 $2 $3 $4 $5"
  printf '%s' "$line" >"$run/crc.$role"
  # shellcheck disable=SC2016
  insist '"$crc32" <"$run/crc.$role" >"$run/sum.$role"'
  read -r sum <"$run/sum.$role"
  line="$line $sum"
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
# One batch is what a pipe holds.
# shellcheck disable=SC2016 # expanded by insist
pump() {
  channel=$1 key=$2 type=$3 batch=$run/batch.$1
  while :; do
    insist 'dd bs=65536 count=1 of="$batch" 2>/dev/null'
    if [ ! -s "$batch" ]; then return; fi
    insist '(send_batch)'
    read -r sent <"$run/sent.$channel"
  done
}

# Sends $batch, or nothing: it ends at the first thing that fails. What does not fit into one frame is compressed: a serial line
# carries about 0.5 MB/s.
send_batch() {
  chunks=$(base64 -w 3840 <"$batch") || exit 1
  last_type=$type
  case $chunks in
    *"$newline"*)
      chunks=$(gzip -1 <"$batch" >"$batch.gz" && base64 -w 3840 <"$batch.gz") || exit 1
      last_type=$type-last type=$type-part
      ;;
  esac
  send_chunks
  echo "$sent" >"$run/sent.$channel"
}

# One program for the checksums of all.
send_chunks() {
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
  # shellcheck disable=SC2086
  sums=$("$crc32" $files) || exit 1
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
