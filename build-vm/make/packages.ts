// What goes into the initramfs and from which Debian package: the table that a job extends when it needs a program.

export interface GuestProgram {
  /** Path in the package, and in the guest. */
  readonly path: string;
  /** Debian package that holds it. */
  readonly from: string;
  /** Further names, as links in the same folder. */
  readonly links?: readonly string[];
}

/** Programs that win over busybox's applets of the same name. Their libraries are found by reading ELF headers. */
export const guestPrograms: readonly GuestProgram[] = [
  // Debian's busybox runs its own applet where a script names a program, in its sh and in everything that starts programs. So
  // what starts programs must not be busybox, or `timeout 5 tar` would not be GNU tar.
  { path: '/bin/dash', from: 'dash', links: ['sh'] },
  { path: '/bin/dd', from: 'coreutils' },
  { path: '/usr/bin/env', from: 'coreutils' },
  { path: '/usr/bin/nice', from: 'coreutils' },
  { path: '/usr/bin/nohup', from: 'coreutils' },
  { path: '/usr/bin/timeout', from: 'coreutils' },
  { path: '/usr/sbin/chroot', from: 'coreutils' },
  { path: '/usr/bin/find', from: 'findutils' },
  { path: '/usr/bin/xargs', from: 'findutils' },
  { path: '/usr/bin/flock', from: 'util-linux' },
  { path: '/usr/bin/setsid', from: 'util-linux' },
  { path: '/usr/bin/setarch', from: 'util-linux', links: ['linux32', 'linux64'] },
  { path: '/bin/tar', from: 'tar' },
  { path: '/bin/cpio', from: 'cpio' },
  { path: '/bin/mount', from: 'mount' },
  { path: '/bin/umount', from: 'mount' },
  { path: '/sbin/losetup', from: 'mount' },
  { path: '/bin/dmesg', from: 'util-linux' },
  { path: '/usr/bin/unshare', from: 'util-linux' },
  { path: '/usr/bin/setpriv', from: 'util-linux' },
  { path: '/usr/bin/nsenter', from: 'util-linux' },
  { path: '/usr/bin/fallocate', from: 'util-linux' },
  { path: '/sbin/blkid', from: 'util-linux' },
  { path: '/sbin/blockdev', from: 'util-linux' },
  { path: '/sbin/blkdiscard', from: 'util-linux' },
  { path: '/sbin/pivot_root', from: 'util-linux' },
  { path: '/sbin/sfdisk', from: 'fdisk' },
  { path: '/sbin/mke2fs', from: 'e2fsprogs', links: ['mkfs.ext2', 'mkfs.ext3', 'mkfs.ext4'] },
  { path: '/sbin/e2fsck', from: 'e2fsprogs', links: ['fsck.ext2', 'fsck.ext3', 'fsck.ext4'] },
  { path: '/sbin/debugfs', from: 'e2fsprogs' },
  { path: '/sbin/tune2fs', from: 'e2fsprogs', links: ['e2label'] },
  { path: '/sbin/dumpe2fs', from: 'e2fsprogs' },
  { path: '/usr/bin/chattr', from: 'e2fsprogs' },
  { path: '/usr/bin/lsattr', from: 'e2fsprogs' },
  { path: '/sbin/resize2fs', from: 'e2fsprogs' },
  { path: '/sbin/mkfs.fat', from: 'dosfstools', links: ['mkfs.vfat'] },
  { path: '/sbin/fsck.fat', from: 'dosfstools', links: ['fsck.vfat'] },
  { path: '/usr/bin/mtools', from: 'mtools', links: ['mcopy', 'mmd', 'mdir', 'mattrib', 'minfo', 'mlabel', 'mdel'] },
];

/** Applets without a link, for the same reason: they start other programs, and nothing needs them. */
export const omittedApplets: readonly string[] = [
  'ash',
  'cttyhack',
  'ionice',
  'openvt',
  'run-parts',
  'start-stop-daemon',
  'su',
  'sulogin',
  'taskset',
  'time',
  'watch',
];

/** Packages that hold only libraries which the programs above need. */
const libraryPackages: readonly string[] = [
  'libacl1',
  'libblkid1',
  'libc6',
  'libcap-ng0',
  'libcom-err2',
  'libext2fs2',
  'libfdisk1',
  'libmount1',
  'libpcre2-8-0',
  'libreadline8',
  'libselinux1',
  'libsmartcols1',
  'libss2',
  'libtinfo6',
  'libuuid1',
];

/** Where parts lie that are used without being a guest program. */
const busyboxPackage = 'busybox-static';
const localePackage = 'libc-bin';
const stubPackage = 'systemd-boot-efi';
const biosPackage = 'seabios';
/** Paths in SeaBIOS' package. The 128 KiB one lies behind the video BIOS; the one of 256 KiB would lie over it in v86. */
export const biosPaths = { system: '/usr/share/seabios/bios.bin', video: '/usr/share/seabios/vgabios-stdvga.bin' };
export const kernelSourcePackage = 'linux-source-6.1';

/** What programs open at run time without an ELF header saying so: glibc's converters for mtools, and its UTF-8 locale. */
export const gconvModules: readonly string[] = [
  'IBM437.so',
  'IBM850.so',
  'ISO8859-1.so',
  'UTF-16.so',
  'UTF-32.so',
  'gconv-modules.cache',
];
/** Settings of programs, at the path where the package has them. */
export const guestSettings: readonly string[] = ['/etc/mke2fs.conf'];
export const localeFolder = '/usr/lib/locale/C.utf8';

/** Packages for the build-VM's architecture whose bytes go into it, but for the kernel's source; sorted. */
export const guestPackages: readonly string[] = [
  ...new Set([
    ...guestPrograms.map((program) => program.from),
    ...libraryPackages,
    biosPackage,
    busyboxPackage,
    localePackage,
    stubPackage,
  ]),
].sort();

/** Packages for the host's architecture whose programs make the initramfs' list, the system disk and the boot loader, with their libraries; sorted. */
export const makerPackages: readonly string[] = [
  busyboxPackage,
  'dosfstools',
  'fdisk',
  'grub-common',
  'grub-pc-bin',
  'libblkid1',
  localePackage,
  'libc6',
  'libdevmapper1.02.1',
  'libfdisk1',
  'liblz4-1',
  'liblzma5',
  'liblzo2-2',
  'libpcre2-8-0',
  'libreadline8',
  'libselinux1',
  'libsmartcols1',
  'libtinfo6',
  'libudev1',
  'libuuid1',
  'libzstd1',
  'mtools',
  'squashfs-tools',
  'syslinux',
  'syslinux-common',
  'zlib1g',
].sort();

/** Packages of the host whose programs or headers shape the kernel's bytes. */
export const toolchainPackages: readonly string[] = [
  'bc',
  'binutils-x86-64-linux-gnu',
  'bison',
  'cpp-12',
  'flex',
  'gcc-12',
  'libc6-dev',
  'libc6-dev-i386',
  'libelf-dev',
  'make',
  'xz-utils',
  'zstd',
];
