#!/bin/sh
# Buildroot's step after the kernel is made: build-vm.efi, which UEFI and QEMU's -kernel start, and a system disk around it.
# usage: post-image.sh IMAGES-FOLDER; Buildroot sets BUILD_DIR and puts genimage in PATH.
set -eu
images=$1
here=$(cd "$(dirname "$0")" && pwd)
cp "$images/bzImage" "$images/build-vm.efi"
if command -v genimage >/dev/null; then
  rm -rf "${BUILD_DIR:?}/vmb-genimage"
  genimage --rootpath "$images" --tmppath "$BUILD_DIR/vmb-genimage" --inputpath "$images" --outputpath "$images" \
    --config "$here/genimage.cfg"
fi
