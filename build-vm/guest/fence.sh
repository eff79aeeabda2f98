# The fence around a user's command: the part that a step's script calls. The part behind it is the file `fence-init`.
# shellcheck shell=sh

# What root may still do behind the fence. Everything else is gone for good: mounts, devices, raw disks, other processes' memory,
# the clock, the kernel's log and console level, priorities and limits above the given ones.
vmb_capabilities=+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+linux_immutable,+net_bind_service,+net_broadcast,+net_admin,+net_raw,+ipc_lock,+ipc_owner,+sys_chroot,+mknod,+lease,+audit_write,+setfcap

vmb_tools_root() {
  mkdir -p "$1/dev" "$1/proc" "$1/tmp" "$1/run" "$1/mnt" "$1/root" "$1/home" "$1/var/tmp"
  chmod 1777 "$1/tmp" "$1/var/tmp"
  cp -a /etc "$1/"
  for vmb_name in bin sbin lib lib32 lib64 usr; do
    if [ -d "/$vmb_name" ]; then
      mkdir "$1/$vmb_name"
      busybox mount -o bind "/$vmb_name" "$1/$vmb_name"
    fi
  done
}

vmb_fence() {
  vmb_fence_root=$1 vmb_cwd=/ vmb_privileged=no vmb_made='' vmb_code=0
  shift
  while :; do
    case $1 in
      --cwd) vmb_cwd=$2 && shift 2 ;;
      --privileged) vmb_privileged=yes && shift ;;
      *) break ;;
    esac
  done
  # A folder of its own: what an earlier command made immutable cannot be removed.
  vmb_number=1
  while [ -e "/tmp/.vmb-fence-$vmb_number" ]; do vmb_number=$((vmb_number + 1)); done
  vmb_here=/tmp/.vmb-fence-$vmb_number
  mkdir "$vmb_here" "$vmb_here/root" "$vmb_here/tmp" "$vmb_here/run" "$vmb_here/shm"
  chmod 1777 "$vmb_here/tmp"
  # Out here they can be looked at when the command has ended.
  busybox mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs "$vmb_here/run"
  busybox mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$vmb_here/shm"
  for vmb_folder in dev proc tmp run; do vmb_fence_folder "$vmb_folder"; done
  # shellcheck disable=SC2086
  unshare --pid --mount --ipc --fork --kill-child sh "${vmb_guest:-/vmb}/fence-init" \
    "$vmb_here" "$vmb_fence_root" "$vmb_cwd" "$vmb_privileged" "$vmb_capabilities" "$@" 3>&- 4>&- 5>&- </dev/null || vmb_code=$?
  if [ "$vmb_code" -ne 0 ]; then
    vmb_check_scratch
    vmb_check_memory "$vmb_here/run" /run
    vmb_check_memory "$vmb_here/shm" /dev/shm
  fi
  busybox umount "$vmb_here/run" "$vmb_here/shm"
  vmb_died_of=$(sed -n 's/^Command terminated by signal //p' "$vmb_here/ended" 2>/dev/null || :)
  if [ -n "$vmb_died_of" ]; then printf 'signal %s\n' "$vmb_died_of" >&3; fi
  rm -rf "$vmb_here" 2>/dev/null || :
  for vmb_folder in $vmb_made; do rmdir "$vmb_fence_root/$vmb_folder" 2>/dev/null || :; done
  return "$vmb_code"
}

# Makes a folder that the fence mounts something on. A link there could lead the mount elsewhere.
vmb_fence_folder() {
  vmb_path=${vmb_fence_root%/}/$1
  if [ -L "$vmb_path" ] || { [ -e "$vmb_path" ] && [ ! -d "$vmb_path" ]; }; then
    vmb_fail "/$1 of the command's root is no folder, so nothing can be mounted there. Make it a folder, or choose another root."
  fi
  if [ ! -e "$vmb_path" ]; then
    mkdir "$vmb_path" || vmb_fail "/$1 is missing in the command's root and cannot be made. Mount the root writable, or make /$1 before."
    vmb_made="$vmb_made $1"
  fi
}
