// What lies in the tools image and from which Debian package: programs that jobs need and that are too large for the initramfs.
import type { GuestProgram } from './packages.ts';

/** In the image each lies in /bin under its own name; libraries that the initramfs lacks lie in /lib. */
export const toolPrograms: readonly GuestProgram[] = [
  { path: '/sbin/mkntfs', from: 'ntfs-3g', links: ['mkfs.ntfs'] },
  { path: '/bin/ntfs-3g', from: 'ntfs-3g' },
  { path: '/bin/ntfsfix', from: 'ntfs-3g' },
  { path: '/bin/ntfsinfo', from: 'ntfs-3g' },
  { path: '/sbin/ntfslabel', from: 'ntfs-3g' },
  { path: '/sbin/ntfsresize', from: 'ntfs-3g' },
  { path: '/sbin/mkfs.xfs', from: 'xfsprogs' },
  { path: '/sbin/xfs_repair', from: 'xfsprogs' },
  { path: '/usr/sbin/xfs_admin', from: 'xfsprogs' },
  { path: '/usr/sbin/xfs_db', from: 'xfsprogs' },
  { path: '/usr/sbin/xfs_growfs', from: 'xfsprogs' },
  { path: '/bin/btrfs', from: 'btrfs-progs', links: ['btrfsck'] },
  { path: '/bin/btrfstune', from: 'btrfs-progs' },
  { path: '/sbin/mkfs.btrfs', from: 'btrfs-progs' },
  { path: '/usr/bin/udfinfo', from: 'udftools' },
  { path: '/usr/sbin/mkudffs', from: 'udftools', links: ['mkfs.udf'] },
  { path: '/usr/sbin/udflabel', from: 'udftools' },
  { path: '/usr/sbin/dump.exfat', from: 'exfatprogs' },
  { path: '/usr/sbin/fsck.exfat', from: 'exfatprogs' },
  { path: '/usr/sbin/mkfs.exfat', from: 'exfatprogs' },
  { path: '/usr/sbin/tune.exfat', from: 'exfatprogs' },
  { path: '/usr/bin/mksquashfs', from: 'squashfs-tools' },
  { path: '/usr/bin/unsquashfs', from: 'squashfs-tools' },
  { path: '/usr/bin/dump.erofs', from: 'erofs-utils' },
  { path: '/usr/bin/fsck.erofs', from: 'erofs-utils' },
  { path: '/usr/bin/mkfs.erofs', from: 'erofs-utils' },
  { path: '/sbin/fsck.minix', from: 'util-linux' },
  { path: '/sbin/mkfs.minix', from: 'util-linux' },
  { path: '/sbin/mkswap', from: 'util-linux' },
  { path: '/sbin/swaplabel', from: 'util-linux' },
  { path: '/usr/sbin/fatresize', from: 'fatresize' },
  { path: '/usr/bin/xz', from: 'xz-utils', links: ['unxz', 'xzcat'] },
  { path: '/usr/bin/zstd', from: 'zstd', links: ['unzstd', 'zstdcat'] },
  { path: '/bin/bzip2', from: 'bzip2', links: ['bunzip2', 'bzcat'] },
  { path: '/usr/bin/extlinux', from: 'extlinux' },
  { path: '/usr/bin/syslinux', from: 'syslinux' },
];

/** Files that are no programs, by their name below /share in the image. */
export const toolFiles: ReadonlyMap<string, string> = new Map([
  ...['altmbr.bin', 'gptmbr.bin', 'mbr.bin'].map((name): [string, string] => [
    `syslinux/${name}`,
    `/usr/lib/syslinux/mbr/${name}`,
  ]),
  ...['chain.c32', 'ldlinux.c32', 'libcom32.c32', 'libutil.c32', 'menu.c32'].map((name): [string, string] => [
    `syslinux/${name}`,
    `/usr/lib/syslinux/modules/bios/${name}`,
  ]),
]);

/** Libraries that a program opens at run time without its ELF header saying so: mksquashfs, when one of its threads ends. */
export const toolLibraries: readonly string[] = ['libgcc_s.so.1'];

/** Packages that hold only what the programs above need. */
const supportPackages: readonly string[] = [
  'libbsd0',
  'libbz2-1.0',
  'libdevmapper1.02.1',
  'libedit2',
  'libgcc-s1',
  'libinih1',
  'liblz4-1',
  'liblzma5',
  'liblzo2-2',
  'libmd0',
  'libntfs-3g89',
  'libparted-fs-resize0',
  'libparted2',
  'libudev1',
  'liburcu8',
  'libzstd1',
  'syslinux-common',
  'zlib1g',
];

export const toolPackages: readonly string[] = [
  ...new Set([...toolPrograms.map(({ from }) => from), ...supportPackages]),
].sort();
