// How the kernel is compiled, as data: everything but the source, the fragments and the toolchain that shapes its bytes.

/** What must hold on every way of booting, firmware included; a loader's arguments are appended. */
export const kernelCommandLine = [
  'console=ttyS0,115200', // the one console
  'quiet', // the EFI stub prints nothing; the log level is configured
  'no_timer_check', // microvm under load hung in 11 of 61 boots without it
  'libata.force=nodbdelay', // AHCI waits 200 ms less at each boot; virtual links do not bounce
  'norandmaps', // equal addresses at each start: equal runs, and TCG need not translate a program again (20 ms a start)
  'rcupdate.rcu_expedited=1', // mount, unmount and loop devices do not wait for a tick on several processors
].join(' ');

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
