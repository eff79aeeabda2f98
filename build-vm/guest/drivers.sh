# Filesystems whose driver is a program of the tools image: NTFS, by ntfs-3g. A driver runs beside the step's script, outside of any
# fence, and writes the last bytes when its volume is unmounted; so that is done, and waited for, before the step counts as done.
# shellcheck shell=sh

# vmb_drive DEVICE FOLDER OPTIONS: the driver's clock stands at the epoch, so that what it writes does not show how fast the machine is.
vmb_drive() {
  mkdir -p /run/drivers
  vmb_driver=1
  while [ -e "/run/drivers/$vmb_driver" ]; do vmb_driver=$((vmb_driver + 1)); done
  vmb_driver=/run/drivers/$vmb_driver
  mkdir "$vmb_driver"
  vmb_before=$(stat -L -c %d "$2")
  {
    vmb_code=0
    vmb_fixed ntfs ntfs-3g "$1" "$2" -o "no_detach,$3" >"$vmb_driver/said" 2>&1 || vmb_code=$?
    echo "$vmb_code" >"$vmb_driver/code"
  } </dev/null 3>&- 4>&- 5>&- >/dev/null 2>&1 &
  # Its first answer shows that it is there.
  while [ "$(stat -L -c %d "$2" 2>/dev/null)" = "$vmb_before" ]; do
    if [ -s "$vmb_driver/code" ]; then
      cat "$vmb_driver/said"
      vmb_fail "$1 could not be mounted."
    fi
    sleep 0.02
  done
}

# Unmounts all volumes, the innermost first, and returns 1 where a driver did not end as it should.
vmb_end_drivers() {
  vmb_places='' vmb_result=0
  while read -r vmb_device vmb_place _; do
    case $vmb_device in
      /dev/vmb/.*) ;;
      /dev/vmb/*) vmb_places="$vmb_place $vmb_places" ;;
    esac
  done </proc/mounts
  set -f
  # Paths come with \040 for a space and the like.
  for vmb_place in $vmb_places; do
    vmb_place=$(printf '%b.' "$vmb_place")
    umount "${vmb_place%.}" || vmb_result=1
  done
  set +f
  for vmb_driver in /run/drivers/*; do
    if [ "$vmb_result" -ne 0 ]; then break; fi
    while [ ! -s "$vmb_driver/code" ]; do sleep 0.02; done
    read -r vmb_code <"$vmb_driver/code"
    if [ "$vmb_code" -eq 0 ] && ! grep -q '^Failed to close' "$vmb_driver/said"; then continue; fi
    cat "$vmb_driver/said"
    printf 'The driver of a volume (ntfs-3g) ended with exit code %s, so that what was written there may be incomplete.\n' "$vmb_code"
    vmb_result=1
  done
  return "$vmb_result"
}
