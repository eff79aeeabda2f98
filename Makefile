# The commands of this checkout. `make setup` comes first in each; it does nothing when there is nothing to do.

.PHONY: help setup demo test check bench build-vm-check build-vm-lock

help:
	@printf '%s\n' \
	  'make setup           install what is missing, compile, make the build-VM' \
	  'make demo            build images/hello-efi in a VM and boot it under UEFI' \
	  'make test            everything: format, lint, types, unit, guest and VM tests' \
	  'make check           the part of it that runs no program of vmb' \
	  'make bench           measure vmb, each figure beside its limit' \
	  'make build-vm-check  make the build-VM a second time, elsewhere, and compare (about 6 minutes)' \
	  'make build-vm-lock   move the pins of build-vm/inputs.lock to what the Debian archive has now'

# --- set-up ---------------------------------------------------------------------------------------------------------------

setup:
	@sh build-vm/make/set-up.sh

# --- what it is for -------------------------------------------------------------------------------------------------------

demo: setup
	@node dist/runner/main.js build --repo images --name hello-efi --out out/hello-efi
	@node dist/runner/main.js boot out/hello-efi/hello-efi.efi --expect 'Hello from'

# --- tests ----------------------------------------------------------------------------------------------------------------

test: setup check
	@node_modules/.bin/vitest run --project unit --project guest --project vm

check: setup
	@node_modules/.bin/biome check --error-on-warnings .
	@node_modules/.bin/tsc -p test
	@node_modules/.bin/knip
	@shellcheck .ci/run build-vm/make/*.sh build-vm/guest/* test/*.sh

bench: setup
	@node_modules/.bin/vitest run --project bench

# --- build-VM -------------------------------------------------------------------------------------------------------------

build-vm-check: setup
	@node dist/runner/main.js build-vm check

build-vm-lock: setup
	@node dist/runner/main.js build-vm lock
