# The commands of this checkout. `make setup` comes first in each; it does nothing when there is nothing to do.

.PHONY: help setup build-vm-check build-vm-lock

help:
	@printf '%s\n' \
	  'make setup           install what is missing, compile, make the build-VM' \
	  'make build-vm-check  make the build-VM a second time, elsewhere, and compare (about 6 minutes)' \
	  'make build-vm-lock   move the pins of build-vm/inputs.lock to what the Debian archive has now'

# --- set-up ---------------------------------------------------------------------------------------------------------------

setup:
	@sh build-vm/make/set-up.sh

# --- build-VM -------------------------------------------------------------------------------------------------------------

build-vm-check: setup
	@node dist/runner/main.js build-vm check

build-vm-lock: setup
	@node dist/runner/main.js build-vm lock
