// What a build-VM is: its files, its manifest and its digest, as everything outside this folder sees it.
import type { Manifest } from './manifest.ts';

/** Architectures of build-VMs; the adapters know the same names. */
export type BuildVmArch = 'x86_64';

/** The files of a build-VM by role, and what each is called in its folder and in a saved file. */
export const buildVmFileNames = {
  /** EFI-stub kernel with built-in initramfs: direct boot, and EFI/BOOT/BOOTX64.EFI. */
  efi: 'build-vm.efi',
  /** The same kernel without initramfs, an input of builds (`vmb:vmlinuz`). */
  vmlinuz: 'vmlinuz',
  /** Static busybox, an input of builds (`vmb:busybox`). */
  busybox: 'busybox',
  /** systemd's EFI stub, an input of the job `uki`. */
  stub: 'systemd-stub.efi',
  /** One raw disk that starts build-vm.efi on BIOS and on UEFI machines. */
  systemDisk: 'system-disk.img',
} as const;

export type BuildVmFile = keyof typeof buildVmFileNames;

export interface BuildVm {
  readonly arch: BuildVmArch;
  /** What fingerprints and records name: SHA-256 over the digests of all files of the manifest. */
  readonly digest: string;
  /** Where the files lie; immutable once it is there. */
  readonly folder: string;
  /** Made from exactly the versions that build-vm/inputs.lock names. */
  readonly pinned: boolean;
  /** Made from the guest scripts, configuration and maker of this checkout; false only for a loaded one. */
  readonly matchesCheckout: boolean;
  /** Absolute paths. */
  readonly files: Readonly<Record<BuildVmFile, string>>;
  readonly manifest: Manifest;
}

/** What the making of a build-VM tells while it goes on: one line at a time, for people. */
export type Report = (line: string) => void;
