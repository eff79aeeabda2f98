#!/bin/sh
# Writes vmb's fragments as one kernel configuration, sorted, without their reasons: kconfig takes what follows a number for a part of it.
# usage: kernel-config.sh FRAGMENTS-FOLDER ARCHITECTURE FILE
set -eu
folder=$1 arch=$2 file=$3
for name in machine disks filesystems processes forbidden "$arch"; do
  sed -n 's/^\(CONFIG_[A-Za-z0-9_]*="[^"]*"\)  # .*/\1/p; t; s/^\(CONFIG_[A-Za-z0-9_]*=[^" ]*\)  # .*/\1/p' "$folder/$name.config"
done | LC_ALL=C sort >"$file.new"
mv "$file.new" "$file"
