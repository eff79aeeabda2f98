#!/bin/sh
# Buildroot's step before the root becomes an initramfs: the guest scripts of vmb, as they are.
# usage: post-build.sh TARGET-FOLDER
set -eu
target=$1
guest=$(cd "$(dirname "$0")/../../../guest" && pwd)
rm -rf "$target/vmb"
mkdir -p "$target/vmb"
for file in "$guest"/*; do
  name=${file##*/}
  cp "$file" "$target/vmb/$name"
  case $(head -c 2 "$file") in '#!') chmod 755 "$target/vmb/$name" ;; *) chmod 644 "$target/vmb/$name" ;; esac
done
# What gives programs that write into volumes another root.
set -- "$HOST_DIR"/bin/*-gcc
"$1" -O2 -shared -fPIC -nostdlib -ffreestanding -fno-stack-protector -o "$target/vmb/rooted.so" "$guest/../preload/rooted.c"
ln -sf vmb/init "$target/init"
# What the scripts call by these paths, wherever Buildroot installs it.
mkdir -p "$target/bin"
if [ ! -e "$target/bin/busybox" ]; then ln -s ../usr/bin/busybox "$target/bin/busybox"; fi
