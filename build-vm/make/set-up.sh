#!/bin/sh
# Makes this checkout ready to use: npm packages, compiled TypeScript, Debian packages, build-VMs. Run by "make setup", from the
# checkout's folder. Each part looks first and does nothing when there is nothing to do; then the network is not used either.
# With VMM=v86 in the environment: without QEMU and what only tests need.
# Usage: set-up.sh [OS-RELEASE-FILE]
set -eu
umask 022
os_release=${1-/etc/os-release}

say() {
  printf 'set-up: %s\n' "$*"
}

fail() {
  printf 'set-up: %s\n' "$*" >&2
  exit 1
}

is_debian_12_on_x86_64() {
  [ "$(uname -m)" = x86_64 ] || return 1
  [ -r "$os_release" ] || return 1
  # shellcheck disable=SC1090 # the system's file, read in a subshell
  [ "$(. "$os_release" && printf '%s %s' "${ID-}" "${VERSION_ID-}")" = 'debian 12' ]
}

check_node() {
  command -v node >/dev/null || fail 'Node is not installed. Install Node 20.19 or newer, with npm.'
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "Node $(node --version) is too old. Install Node 20.19 or newer."
  command -v npm >/dev/null || fail 'npm is not installed. Install the npm that belongs to your Node.'
}

# missing_packages GROUP: those of a group of the list, each with a blank before it.
missing_packages() {
  group=''
  while read -r package reason; do
    case "$package $reason" in
      '# ['*) group=${reason#?} && group=${group%%]*} ;;
      '#'* | ' ') ;;
      *)
        [ "$group" = "$1" ] || continue
        case "$installed" in
          *" $package "*) ;;
          *) printf ' %s' "$package" ;;
        esac
        ;;
    esac
  done <build-vm/make/host-packages.list
}

# The compiler is needed only where build-VMs are neither made nor loaded yet.
needed_packages() {
  # shellcheck disable=SC2016 # dpkg-query's own placeholders
  installed=" $(dpkg-query --show --showformat='${db:Status-Status}=${Package}\n' | sed -n 's/^installed=//p' | tr '\n' ' ')"
  missing=$(missing_packages kernel) compiles=yes
  if [ -n "$missing" ] && node dist/runner/main.js build-vm show >/dev/null 2>&1; then missing='' compiles=no; fi
  if [ "${VMM-}" != v86 ]; then missing="$missing$(missing_packages qemu)$(missing_packages test)"; fi
}

install_packages() {
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo >/dev/null; then
    as_root=sudo
  else
    fail "These Debian packages are missing, and there is neither root nor sudo here. Have them installed, then run this again:
  apt-get install --no-install-recommends$missing"
  fi
  say "installing Debian packages:$missing"
  # shellcheck disable=SC2086 # lists of words
  { $as_root apt-get -q -q update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -q --yes install --no-install-recommends $missing; } ||
    fail "apt-get failed (see above). Install these packages, then run this again:
  apt-get install --no-install-recommends$missing"
}

install_npm_packages() {
  if cmp -s package-lock.json node_modules/.vmb-package-lock.json; then return 0; fi
  say 'installing npm packages'
  # Without scripts: what they would compile (ssh2's native parts) is optional, and a compiler need not be there.
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || fail 'npm ci failed (see above). It needs the network once.'
  cp package-lock.json node_modules/.vmb-package-lock.json
}

# The names are compared too: a deleted source must not live on in dist/.
compile() {
  sources=$(find base runner jobs vmm-adapters build-vm tsconfig.json package-lock.json \( -name '*.ts' -o -name '*.json' \) -type f | LC_ALL=C sort)
  if [ "$(cat dist/.vmb-sources 2>/dev/null)" = "$sources" ]; then
    # shellcheck disable=SC2086 # a list of names without blanks
    [ -n "$(find $sources -newer dist/.vmb-sources)" ] || return 0
  fi
  say 'compiling TypeScript'
  rm -rf dist.new dist.old
  mkdir dist.new
  printf '%s\n' "$sources" >dist.new/.vmb-sources
  node_modules/.bin/tsc --outDir dist.new || fail 'the TypeScript does not compile (see above).'
  if [ -e dist ]; then mv dist dist.old; fi
  mv dist.new dist
  rm -rf dist.old
}

make_build_vms() {
  if [ "$compiles" = no ]; then
    say 'using the build-VMs that are here; the packages that compile others are not installed'
    return 0
  fi
  if ! node dist/runner/main.js build-vm show >/dev/null 2>&1; then
    say 'making the build-VMs for x86_64 and i686: about 5 minutes each on 2 processors, when their kernels are not in the cache yet'
  fi
  node dist/runner/main.js build-vm make
}

check_node
if is_debian_12_on_x86_64; then
  install_npm_packages
  compile
  needed_packages
  install_packages
  make_build_vms
else
  say 'this is not Debian 12 on x86_64, so build-VMs cannot be compiled here, and "make test" does not run.'
  say 'What works: vmb itself, with v86 or a QEMU that you install, and build-VMs made on such a machine:'
  say '  there: vmb build-vm save FILE      here: node dist/runner/main.js build-vm load FILE'
  install_npm_packages
  compile
fi
say 'ready'
