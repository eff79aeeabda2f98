#!/bin/sh
# The conformance kit with every VMM and way of booting that this host has; run by "make conformance" from the checkout's folder.
# usage: matrix.sh REPORTS-FOLDER
set -u
reports=$1
mkdir -p "$reports"
# What concerns disks, firmware and endings: the rest does not depend on the way of booting.
some=2-15,16,18,29-34,38-43,46
failed=''

# run NAME ARGUMENTS…
run() {
  name=$1
  shift
  printf '\n--- %s\n' "$name"
  code=0
  node dist/runner/main.js conformance "$@" --out "$reports/$name.json" || code=$?
  if [ "$code" -ne 0 ]; then failed="$failed $name($code)"; fi
}

run qemu-q35 qemu
run qemu-pc-bios qemu --vmm-option machine=pc --boot bios --only "$some"
run qemu-q35-uefi qemu --boot uefi --only "$some"
run qemu-ahci qemu --vmm-option disks=ahci --only "$some"
run qemu-microvm qemu --vmm-option machine=microvm --only "$some"
run command command --vmm-option file=docs/examples/qemu.toml
if [ -f vmm-adapters/v86.ts ]; then run v86 v86; fi
if [ -x test/vmm-adapters/hyper-v-stand-in/powershell ]; then
  PATH=$PWD/test/vmm-adapters/hyper-v-stand-in:$PATH
  run hyper-v hyper-v --only "$some"
fi
printf '\nReports are in %s.\n' "$reports"
if [ -n "$failed" ]; then
  printf 'Not all of them passed:%s\n' "$failed"
  exit 3
fi
