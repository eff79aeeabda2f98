#!/bin/sh
# Builds images/target-debian, looks at what it made with programs of the host, and boots it; run by "make target-debian" from the
# checkout's folder.
# usage: debian.sh OUT-FOLDER
set -eu
out=$1
image=$out/target-debian.img
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

vmb() {
  node dist/runner/main.js "$@"
}

say() {
  printf '\n--- %s\n' "$*"
}

fail() {
  printf 'make target-debian: %s\n' "$*" >&2
  exit 3
}

# partition NUMBER FILE: takes it out of the image.
partition() {
  sfdisk --json "$image" >"$work/table"
  # shellcheck disable=SC2016 # JavaScript's own
  set -- "$2" "$(node -p 'const { start, size } = JSON.parse(fs.readFileSync(process.argv[1])).partitiontable.partitions[process.argv[2] - 1]; `skip=${start} count=${size}`' "$work/table" "$1")"
  # shellcheck disable=SC2086 # two words
  dd if="$image" of="$1" bs=512 conv=sparse status=none $2
}

inside() {
  debugfs -R "$1" "$work/system" 2>/dev/null
}

say 'Building it'
vmb build --repo images --name target-debian --out "$out"

say 'What Debian said of itself after a restart'
cat "$out/facts"
for fact in systemd 'uid=1000(joe) gid=1000(joe) groups=1000(joe),100(users)' 'Status: install ok installed' active; do
  grep -q -x -F "$fact" "$out/facts" || fail "\"$fact\" is not in $out/facts."
done

say 'What the programs of this machine say of the image'
partition 1 "$work/esp"
partition 2 "$work/system"
fsck.fat -n "$work/esp"
e2fsck -f -n "$work/system"
inside 'cat /etc/passwd' | grep '^joe:x:1000:1000:' || fail 'there is no joe in /etc/passwd.'
inside 'cat /var/lib/dpkg/status' | awk -v RS= '/^Package: cron\n/' | sed -n '1,2p' | tee "$work/cron"
grep -q -x 'Status: install ok installed' "$work/cron" || fail 'cron is not installed.'
[ -z "$(inside 'cat /etc/machine-id')" ] || fail 'it has a machine id, which each machine should get for itself.'

say 'It starts, and asks who wants to log in'
vmb boot "$image" --expect 'target-debian login:' --stop --timeout 600

say 'A job that restarts the machine is told so (and fails, as it should)'
XDG_CONFIG_HOME=$work
export XDG_CONFIG_HOME
vmb import --path test/vm/target/debian --as target-debian-test >"$work/said"
code=0
vmb build --repo target-debian-test --name reboot --out "$work/out" >"$work/said" 2>&1 || code=$?
grep -F 'its command restarted it' "$work/said" || fail 'there is no sentence about the restart.'
[ "$code" -eq 1 ] || fail "exit code $code instead of 1."

say "All as it should be; the image is $image."
