// The files that a build-VM consists of, by role.

/** The files of a build-VM by role, and what each is called in its folder and in a saved file. */
export const buildVmFileNames = {
  /** EFI-stub kernel with built-in initramfs: direct boot, and EFI/BOOT/BOOTX64.EFI. */
  efi: 'build-vm.efi',
  /** The same kernel without initramfs, an input of builds (`vmb:vmlinuz`). */
  vmlinuz: 'vmlinuz',
  /** The initramfs, not compressed: for direct boot where the machine unpacks slowly (v86). */
  initramfs: 'initramfs.cpio',
  /** Static busybox, an input of builds (`vmb:busybox`). */
  busybox: 'busybox',
  /** systemd's EFI stub, an input of the job `uki`. */
  stub: 'systemd-stub.efi',
  /** One raw disk that starts build-vm.efi on BIOS and on UEFI machines. */
  systemDisk: 'system-disk.img',
  /** Boot loader for BIOS machines, an input of builds (`vmb:bios-boot`). */
  biosBoot: 'bios-boot.img',
  /** squashfs with the programs that steps mount when they need them. */
  tools: 'tools.img',
  /** The agent for target-VMs as a tar, an input of the preset `firstrun` (`vmb:firstrun`). */
  firstrun: 'firstrun.tar',
  /** SeaBIOS, for VMMs that bring no firmware of their own (v86). */
  bios: 'bios.bin',
  /** Its video BIOS. */
  videoBios: 'video-bios.bin',
} as const;

export type BuildVmFile = keyof typeof buildVmFileNames;
