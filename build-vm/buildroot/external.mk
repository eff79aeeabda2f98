# The kernel's configuration is made of vmb's own fragments, each time Buildroot starts: they stay the only copy.
VMB_KERNEL_CONFIG := $(shell sh $(BR2_EXTERNAL_VMB_PATH)/board/vmb/kernel-config.sh \
	$(BR2_EXTERNAL_VMB_PATH)/../kernel x86_64 $(BASE_DIR)/vmb-kernel.config)
