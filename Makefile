# The commands of this checkout. `make setup` comes first in each; it does nothing when there is nothing to do.
# VMM=v86 makes setup and demo do without QEMU.

VMM ?=
export VMM

.PHONY: help setup demo test check equal-bytes bench conformance build-vm-check build-vm-lock target-debian

help:
	@printf '%s\n' \
	  'make setup           install what is missing, compile, make the build-VMs (VMM=v86: without QEMU)' \
	  'make demo            build images/hello-efi in a VM and boot it under UEFI (VMM=v86: boot images/hello-i686)' \
	  'make test            everything: format, lint, types, unit, guest and VM tests' \
	  'make check           the part of it that runs no program of vmb' \
	  'make equal-bytes     build on every kind of machine, and compare (about 10 minutes)' \
	  'make conformance     certify every VMM that is here, in every way it boots (reports in out/conformance)' \
	  'make target-debian   build Debian out of its packages, start it, and check it (about 5 minutes)' \
	  'make bench           measure vmb, each figure beside its limit' \
	  'make build-vm-check  make the build-VMs a second time, elsewhere, and compare (about 12 minutes)' \
	  'make build-vm-lock   move the pins of build-vm/inputs.lock to what the Debian archive has now'

# --- set-up ---------------------------------------------------------------------------------------------------------------

setup:
	@sh build-vm/make/set-up.sh

# --- what it is for -------------------------------------------------------------------------------------------------------

demo: setup
	@node dist/runner/main.js build --repo images --name hello-efi --out out/hello-efi $(addprefix --vmm ,$(VMM))
ifeq ($(VMM),v86)
	@node dist/runner/main.js build --repo images --name hello-i686 --out out/hello-i686 --vmm v86
	@node dist/runner/main.js boot out/hello-i686/hello-i686.img --vmm v86 --expect 'Hello from'
	@printf '%s\n' 'Booting out/hello-efi/hello-efi.efi needs UEFI, which v86 has not: "make demo" does it with QEMU.'
else
	@node dist/runner/main.js boot out/hello-efi/hello-efi.efi $(addprefix --vmm ,$(VMM)) --expect 'Hello from'
endif

# --- tests ----------------------------------------------------------------------------------------------------------------

test: setup check
	@node_modules/.bin/vitest run --project unit --project guest --project vm

check: setup
	@node_modules/.bin/biome check --error-on-warnings .
	@node_modules/.bin/tsc -p test
	@node_modules/.bin/knip
	@shellcheck .ci/run build-vm/make/*.sh build-vm/guest/* build-vm/target/firstrun build-vm/target/platform.sh build-vm/buildroot/board/vmb/*.sh test/*.sh test/vm/conformance/*.sh test/vm/target/*.sh

conformance: setup
	@sh test/vm/conformance/matrix.sh out/conformance

equal-bytes: setup
	@node_modules/.bin/vitest run --project equal-bytes

# Needs the Debian archive of this machine's apt, the first time.
target-debian: setup
	@sh test/vm/target/debian.sh out/target-debian

bench: setup
	@node_modules/.bin/vitest run --project bench

# --- build-VM -------------------------------------------------------------------------------------------------------------

build-vm-check: setup
	@node dist/runner/main.js build-vm check

build-vm-lock: setup
	@node dist/runner/main.js build-vm lock
