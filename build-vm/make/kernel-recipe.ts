// How the kernel is compiled, as data: everything but the source, the fragments and the toolchain that shapes its bytes.

/** What must hold on every way of booting, firmware included; a loader's arguments are appended. */
export const kernelCommandLine = [
  'console=ttyS0,115200', // the one console
  'quiet', // the EFI stub prints nothing; the log level is configured
  'noreplace-smp', // one processor keeps its lock prefixes: taking them out costs 0.1 s under software emulation
  'no_timer_check', // microvm under load hung in 11 of 61 boots without it
  'libata.force=nodbdelay', // AHCI waits 200 ms less at each boot; virtual links do not bounce
  'norandmaps', // equal addresses at each start: equal runs, and TCG need not translate a program again (20 ms a start)
  'rcupdate.rcu_expedited=1', // mount, unmount and loop devices do not wait for a tick on several processors
].join(' ');

/**
 * What compresses the kernel with its initramfs. The kernel's makefile adds `-22 --ultra`, which this shell
 * does not pass on.
 * Measured (33 MB, QEMU's software emulation): -22 makes 7.9 MB in 13 s, -12 8.8 MB in 1.2 s and boots 0.1 s faster; lz4 11.5 MB, and
 * 0.1 s faster still; gzip 10.1 MB; xz 7.1 MB, and 1.4 s slower. Raise the level when the limit below comes near.
 */
export const kernelCompressor = "sh -c 'exec zstd -q -12' zstd";

/** The compiler and the scripts write these into the kernel; fixed, they say nothing about who compiled it and where. */
export const kernelEnvironment: Readonly<Record<string, string>> = {
  KBUILD_BUILD_HOST: 'build-vm',
  KBUILD_BUILD_TIMESTAMP: 'Thu Jan  1 00:00:00 UTC 2026',
  KBUILD_BUILD_USER: 'vmb',
  KBUILD_BUILD_VERSION: '1',
  LC_ALL: 'C',
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  SOURCE_DATE_EPOCH: '1767225600',
  TZ: 'UTC0',
};

/** Modification time of every file, link and folder in the initramfs and on the system disk: 2026-01-01. */
export const fixedEpochSeconds = 1_767_225_600;

/** Largest build-vm.efi; BIOS boots it in one piece, and every boot unpacks it. */
export const efiLimitBytes = 10_000_000;
