# The order of a machine's disks: by bus address, as the host counts them.
# shellcheck shell=sh disable=SC2034,SC2154 # the agent's files share their variables

# Sets disk_count, disk_N and disk_bytes_N: by bus address, because names follow the order in which drivers answer.
platform_disks() {
  keys='' disk_count=0
  set +f
  for entry in /sys/block/*; do
    name=${entry##*/}
    case $name in loop* | ram* | sr* | fd* | mtd*) continue ;; esac
    cd -P "$entry" || continue
    case $PWD in */virtual/*) continue ;; esac
    bus_key "${PWD#/sys/devices}"
    keys="$keys$key $name$newline"
  done
  set -f
  cd /
  # shellcheck disable=SC2046
  set -- $(printf '%s' "$keys" | LC_ALL=C sort)
  while [ $# -gt 0 ]; do
    disk_count=$((disk_count + 1))
    read -r sectors <"/sys/block/$2/size"
    eval "disk_$disk_count=/dev/\$2 disk_bytes_$disk_count=\$((sectors * 512))"
    shift 2
  done
}

# bus_key SYSFS-PATH: sets $key, which sorts as the numbers in the path do. PCI and ACPI write hexadecimal of fixed width.
bus_key() {
  key=''
  IFS=/
  for part in $1; do
    case $part in
      ????:??:??.? | pci????:?? | [A-Z]*:?? | ????????-????-????-????-????????????) key=$key/$part ;;
      *) pad_numbers "$part" ;;
    esac
  done
  IFS=$blank
}

pad_numbers() {
  IFS=:.
  key=$key/
  for piece in $1; do
    digits=${piece##*[!0-9]}
    padded=0000000000$digits
    key=$key${piece%"$digits"}${padded#"${padded%??????????}"}.
  done
  IFS=/
}
