# What a step's script can call; docs/border.md describes it. Report on fd 3, job disk on 4, payload-out disk on 5.
# The prelude sets vmb_payloads (lines of NAME OFFSET LENGTH) and vmb_payload_out_bytes.
# shellcheck shell=sh disable=SC1091,SC2154 # the prelude sets variables; the file is the guest's
. "${vmb_guest:-/vmb}/fence.sh"
. "${vmb_guest:-/vmb}/drivers.sh"

vmb_fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

vmb_fact() {
  case $1 in '' | *[!a-z0-9.-]*) vmb_fail "Internal error: vmb_fact: $1: a name has letters, digits, dots and dashes only." ;; esac
  printf 'fact %s %s\n' "$1" "$(printf '%s' "$2" | base64 -w 0)" >&3
}

vmb_mount() {
  mkdir -p "$2"
  case $3 in
    # A power cut here loses the VM, not data: no barriers, and no background work that would make runs differ.
    ext2 | ext3 | ext4) mount -t "$3" -o "nodev,noatime,nobarrier,noauto_da_alloc,noinit_itable${4:+,$4}" "$1" "$2" ;;
    ntfs-3g) vmb_drive "$1" "$2" "nodev,noatime${4:+,$4}" ;;
    *) mount -t "$3" -o "nodev,noatime${4:+,$4}" "$1" "$2" ;;
  esac
}

# Only for what we call ourselves: behind the fence these programs are not to be seen.
vmb_tools() {
  if [ -d /run/tools ]; then return; fi
  if [ ! -b /dev/vmb/.tools ]; then vmb_fail 'Internal error: this step uses tools that it did not ask for.'; fi
  mkdir /run/tools
  mount -t squashfs -o ro,nodev,nosuid /dev/vmb/.tools /run/tools
  PATH=/run/tools/bin:$PATH LD_LIBRARY_PATH=/run/tools/lib
  export PATH LD_LIBRARY_PATH
}

# vmb_fixed SEED COMMAND…: for formatters that have no option for their ids. Their clock stands at the epoch, and the seed decides
# on random numbers and UUIDs.
vmb_fixed() {
  vmb_seed=$1
  shift
  VMB_SEED=$vmb_seed LD_PRELOAD=/run/tools/lib/vmb-fixed.so "$@"
}

# vmb_settled EARLIEST COMMAND…: for programs that pack a folder: what it holds has times from EARLIEST to the epoch, or with `-` as
# early as they are, and lists its attributes in the order of their names.
vmb_settled() {
  vmb_earliest=$1
  if [ "$1" = - ]; then vmb_earliest=''; fi
  shift
  VMB_EARLIEST=$vmb_earliest VMB_SEED=times LD_PRELOAD=/run/tools/lib/vmb-fixed.so "$@"
}

# vmb_rooted ROOT FOLDER COMMAND…: a program of the build-VM with ROOT as its root and FOLDER, a path that begins with ROOT, as its
# current folder: no link of a volume leads out of it. Attributes and owners that cannot be kept are failures.
vmb_rooted() {
  vmb_root=${1%/} vmb_folder=${2#"${1%/}"}
  shift 2
  VMB_ROOT=${vmb_root:-/} VMB_FOLDER=${vmb_folder:-/} LD_PRELOAD=${vmb_guest:-/vmb}/rooted.so "$@"
}

# vmb_make_folder ROOT PATH: as vmb_inside, and makes what is missing. A link on the way that leads nowhere fails.
vmb_make_folder() {
  vmb_strict=yes
  vmb_inside "$1" "$2"
  vmb_strict=no
  mkdir -p -- "$VMB_PATH"
}

# Sets VMB_PATH. A link is followed as if ROOT were /; `..` at the top stays there; what is missing is kept as it is written.
vmb_strict=no
vmb_inside() {
  vmb_root=${1%/} vmb_done='' vmb_rest=$2 vmb_links=0 vmb_link=''
  while [ -n "$vmb_rest" ]; do
    vmb_name=${vmb_rest%%/*}
    case $vmb_rest in */*) vmb_rest=${vmb_rest#*/} ;; *) vmb_rest='' ;; esac
    case $vmb_name in
      '' | .) ;;
      ..) vmb_done=${vmb_done%/*} ;;
      *)
        if [ -L "$vmb_root$vmb_done/$vmb_name" ]; then
          vmb_links=$((vmb_links + 1))
          if [ "$vmb_links" -gt 40 ]; then vmb_fail "$2: this path leads through more than 40 links."; fi
          vmb_target=$(readlink -n "$vmb_root$vmb_done/$vmb_name" && echo .)
          vmb_target=${vmb_target%.}
          # What follows the outermost link: as long as more than that is left, the name is of its target.
          if [ -z "$vmb_link" ]; then vmb_link="$vmb_done/$vmb_name is a link to $vmb_target" vmb_behind=$vmb_rest; fi
          case $vmb_target in /*) vmb_done='' ;; esac
          vmb_rest=$vmb_target/$vmb_rest
        else
          vmb_done=$vmb_done/$vmb_name
          if [ -n "$vmb_link" ] && [ ${#vmb_rest} -lt ${#vmb_behind} ]; then vmb_link=''; fi
          if [ $vmb_strict = yes ] && [ -n "$vmb_link" ] && [ ! -d "$vmb_root$vmb_done" ]; then
            vmb_fail "$vmb_link, which leads to no folder of the volume. Create that folder first, or remove the link."
          fi
        fi
        ;;
    esac
  done
  VMB_PATH=$vmb_root$vmb_done
  VMB_PATH=${VMB_PATH:-/}
}

# vmb_find_payload NAME: sets vmb_offset and vmb_length
vmb_find_payload() {
  vmb_wanted=$1 vmb_offset=''
  while read -r vmb_name vmb_at vmb_bytes; do
    if [ "$vmb_name" = "$vmb_wanted" ]; then vmb_offset=$vmb_at vmb_length=$vmb_bytes; fi
  done <<end
$vmb_payloads
end
  if [ -z "$vmb_offset" ]; then vmb_fail "Internal error: this step has no payload $vmb_wanted."; fi
}

# Opening /proc/self/fd/4 anew gives each caller a position of its own.
vmb_payload_in() {
  vmb_find_payload "$1"
  shift
  {
    dd bs=4096 skip=$((vmb_offset / 4096)) count=0 2>/dev/null
    "$@"
  } </proc/self/fd/4
}

vmb_payload_bytes() {
  vmb_find_payload "$1"
  dd bs=1048576 skip="$vmb_offset" count="$vmb_length" iflag=skip_bytes,count_bytes,fullblock 2>/dev/null </proc/self/fd/4
}

# The position of fd 5 is the next free byte, whichever subshell moves it: pipelines may end in vmb_payload_out.
vmb_payload_out() {
  vmb_wanted=$1
  shift
  vmb_out_position
  vmb_begin=$vmb_position vmb_code=0
  "$@" >&5 || vmb_code=$?
  vmb_out_position
  printf 'out %s %s %s\n' "$vmb_wanted" "$vmb_begin" "$((vmb_position - vmb_begin))" >&3
  if [ "$vmb_code" -ne 0 ] && [ "$vmb_position" -ge "$vmb_payload_out_bytes" ]; then echo payload-out-full >&3; fi
  if [ $((vmb_position % 4096)) -ne 0 ]; then
    dd bs=1 seek=$((4096 - vmb_position % 4096)) count=0 conv=notrunc >&5 2>/dev/null
  fi
  return "$vmb_code"
}

vmb_out_position() {
  while read -r vmb_key vmb_value; do
    if [ "$vmb_key" = pos: ]; then vmb_position=$vmb_value; fi
  done </proc/self/fdinfo/5
}

# Volumes on which no further file can be made, although blocks may be free: programs say "No space left on device" of both.
vmb_check_inodes() {
  while read -r vmb_device vmb_place _; do
    case $vmb_device in
      /dev/vmb/.*) continue ;;
      /dev/vmb/*) ;;
      *) continue ;;
    esac
    vmb_name=${vmb_device#/dev/vmb/}
    case $vmb_name in *-part*) vmb_name=${vmb_name%-part*}:${vmb_name##*-part} ;; esac
    # Paths come with \040 for a space and the like.
    vmb_place=$(printf '%b.' "$vmb_place")
    # shellcheck disable=SC2046
    set -- $(stat -f -c '%c %d' "${vmb_place%.}" || echo 0 0)
    if [ "$1" -gt 0 ] && [ "$2" -eq 0 ]; then
      echo "$vmb_name has no inodes left: it holds $1 files and folders at most. Format it with a smaller bytes-per-inode in \`settings\`, or make it larger."
    fi
  done </proc/mounts
}

# vmb_check_memory FOLDER NAME: a folder behind the fence that lies in memory.
vmb_check_memory() {
  # shellcheck disable=SC2046
  set -- "$2" $(stat -f -c '%a %S' "$1")
  if [ $(($2 * $3)) -lt 65536 ]; then
    echo "$1 is full: it lies in memory and holds half of it at most. Write to /tmp, for which the machine can have a \`scratch\` disk, or give it more memory."
  fi
}

# A failure with no room left in /tmp is reported as that.
vmb_check_scratch() {
  # shellcheck disable=SC2046
  set -- $(stat -f -c '%a %S %d' /tmp)
  if [ $(($1 * $2)) -lt 65536 ] || [ "$3" -eq 0 ]; then echo scratch-full >&3; fi
}
