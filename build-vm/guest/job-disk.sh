# Job disk: finds it, checks it and the lengths of all disks against its table, before anything is written anywhere.
# Sets: nonce, epoch, regions (a line each), scratch, payload_out, step_N, payloads_N, scripts_at.
# shellcheck shell=sh disable=SC2034,SC2154 # the agent's files share their variables

read_job_disk() {
  platform_disks
  # shellcheck disable=SC2154 # set by platform_disks
  if [ "$disk_count" -lt 2 ]; then fault job-disk "This machine shows $disk_count disks; the job disk has to be the second. $(disk_list)"; fi
  # shellcheck disable=SC2046,SC2154
  set -- $(dd if="$disk_2" bs=512 count=1 2>/dev/null)
  if [ "${1-}" != vmb-job ]; then fault job-disk "The second disk is not a job disk: its first line does not begin with vmb-job. $(disk_list)"; fi
  case ${5-} in
    '' | *[!0-9a-f]*) ;;
    *) nonce=$5 ;;
  esac
  if [ "$2" != 2 ]; then fault protocol-version "The job disk has version $2; this build-VM speaks version 2."; fi
  dd if="$disk_2" of="$run/text" bs=65536 skip=512 count="$3" iflag=skip_bytes,count_bytes,fullblock 2>/dev/null
  # shellcheck disable=SC2046
  set -- "$@" $(sha256sum <"$run/text")
  if [ "$6" != "$4" ]; then fault job-disk 'The text of the job disk does not have the SHA-256 that its header says.'; fi
  read_table "$3"
}

# read_table TEXT-BYTES
read_table() {
  table=$(sed '/^$/q' "$run/text")
  scripts_at=$((${#table} + 2)) regions='' scratch='' payload_out='' epoch=0 wrong=''
  payload_area=$(((512 + $1 + 4095) / 4096 * 4096))
  listed=0
  IFS=$newline
  for entry in $table; do
    IFS=$blank
    # shellcheck disable=SC2086
    read_entry $entry
  done
  IFS=$blank
  if [ "$listed" -ne "$disk_count" ]; then wrong="$wrong There should be $listed disks."; fi
  if [ -n "$wrong" ]; then fault disk-table "The disks of this machine are not those of the job.$wrong $(disk_list)"; fi
}

read_entry() {
  case $1 in
    epoch) epoch=$2 ;;
    disk) check_disk "$2" "$3" "$4" ;;
    region) regions="$regions$2 $3 $4 $5$newline" ;;
    scratch) scratch="$2 $3 $4" ;;
    payload-out) payload_out="$2 $3 $4" ;;
    step) eval "step_$2='$3 $4 $5 $6' payloads_$2=''" ;;
    payload) eval "payloads_$2=\"\${payloads_$2}$3 $(($4 + payload_area)) $5\$newline\"" ;;
  esac
}

# check_disk NUMBER ROLE BYTES; the job disk's own length is not in its text
check_disk() {
  listed=$1
  if [ "$1" -gt "$disk_count" ] || [ "$3" = - ]; then return; fi
  eval "bytes=\$disk_bytes_$1"
  if [ "$bytes" != "$3" ]; then wrong="$wrong Disk $1 ($2) should have $3 bytes."; fi
}

disk_list() {
  printf 'Found:'
  index=0
  while [ "$index" -lt "$disk_count" ]; do
    index=$((index + 1))
    eval "printf ' %s: %s, %s bytes;' \"$index\" \"\$disk_$index\" \"\$disk_bytes_$index\""
  done
}
