#!/bin/sh
# Unpacks OpenSSH's server for tests, with what it needs, and installs nothing: an installed one would start with the machine.
# Usage: obtain-sshd.sh FOLDER, which appears when it is complete.
set -eu
folder=$1
[ ! -d "$folder" ] || exit 0
mkdir -p "$(dirname "$folder")"
new=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$new"' EXIT
cd "$new"
# libnss-wrapper lets this one program see a list of users of our own: sshd wants a user "sshd".
apt-get -q -q -o APT::Sandbox::User=root download openssh-server openssh-sftp-server libwrap0 libnsl2 libtirpc3 libnss-wrapper || {
  printf '%s\n' 'obtain-sshd: apt-get cannot get the packages for the tests of ssh. Run "apt-get update", then try again.' >&2
  exit 1
}
for package in *.deb; do dpkg-deb -x "$package" .; done
rm -- *.deb
# Another test may have been quicker.
mv -T "$new" "$folder" 2>/dev/null || [ -d "$folder" ]
