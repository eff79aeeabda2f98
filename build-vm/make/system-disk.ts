// Makes the system disk: one raw image whose build-vm.efi BIOS machines start through syslinux and UEFI machines directly.
// All tools come from unpacked packages, so the bytes do not depend on what the host has installed.

import { chmod, mkdir, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { archFacts, type BuildVmArch, hostArch } from './arch.ts';
import { fixedEpochSeconds } from './kernel-recipe.ts';

export interface SystemDiskOptions {
  readonly arch: BuildVmArch;
  readonly efiFile: string;
  /** Packages for the host's architecture, unpacked over each other. */
  readonly makerFolder: string;
  readonly workFolder: string;
  readonly commands: CommandRunner;
}

const sectorBytes = 512;
const diskBytes = 16 * 1024 * 1024;
const partitionStart = 2048;
/** The last MiB stays free for the second partition table. */
const partitionSectors = diskBytes / sectorBytes - 2 * 2048;

const partitionTable = `label: gpt
label-id: 6E6F7468-696E-4720-A073-79737465D15C
unit: sectors
first-lba: ${partitionStart}
start=${partitionStart}, size=${partitionSectors}, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=6E6F7468-696E-4720-A073-79737465D15D, name="build-vm", attrs="LegacyBIOSBootable"
`;

const bootLoaderSettings = (kernelPath: string) => `DEFAULT build-vm
PROMPT 0
LABEL build-vm
  LINUX ${kernelPath}
`;

/** Writes the disk to `diskFile`. */
export async function makeSystemDisk(diskFile: string, options: SystemDiskOptions): Promise<void> {
  const tools = await prepareTools(options);
  const { workFolder, makerFolder } = options;
  const fat = join(workFolder, 'fat.img');
  await makeEmptyFile(fat, partitionSectors * sectorBytes);
  // syslinux's boot sector finds its own partition by the hidden sectors.
  const fatSettings = [
    '-F',
    '16',
    '-s',
    '4',
    '-S',
    '512',
    '-g',
    '64/32',
    '-h',
    String(partitionStart),
    '-i',
    '766D6231',
  ];
  await tools('mkfs.fat', ['--invariant', ...fatSettings, '-n', 'BUILD-VM', fat]);
  const { removableEfiPath } = archFacts[options.arch];
  await writeFile(join(workFolder, 'syslinux.cfg'), bootLoaderSettings(removableEfiPath));
  await tools('mmd', ['-i', fat, '::/EFI', '::/EFI/BOOT']);
  await tools('mcopy', ['-i', fat, options.efiFile, `::${removableEfiPath}`]);
  await tools('mcopy', ['-i', fat, join(workFolder, 'syslinux.cfg'), '::/syslinux.cfg']);
  await tools('syslinux', ['--install', fat]);

  await makeEmptyFile(diskFile, diskBytes);
  await tools('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', '--wipe=never', diskFile], partitionTable);
  const bootCode = await readFile(join(makerFolder, 'usr/lib/syslinux/mbr/gptmbr.bin'));
  const disk = await open(diskFile, 'r+');
  try {
    await disk.write(bootCode, 0, bootCode.length, 0);
    const content = await readFile(fat);
    await disk.write(content, 0, content.length, partitionStart * sectorBytes);
  } finally {
    await disk.close();
  }
}

async function makeEmptyFile(file: string, sizeBytes: number): Promise<void> {
  await writeFile(file, '');
  await truncate(file, sizeBytes);
}

/** syslinux calls mcopy and mattrib by name, so each tool is a small script in a folder that is the whole PATH. */
async function prepareTools(
  options: SystemDiskOptions,
): Promise<(name: string, args: readonly string[], input?: string) => Promise<void>> {
  const { makerFolder, workFolder, commands } = options;
  const { libraryFolder } = archFacts[hostArch];
  const libraries = ['lib', 'usr/lib'].map((folder) => join(makerFolder, folder, libraryFolder));
  const folder = join(workFolder, 'tools');
  await mkdir(folder, { recursive: true });
  const programs: Readonly<Record<string, string>> = {
    'mkfs.fat': 'sbin/mkfs.fat',
    sfdisk: 'sbin/sfdisk',
    syslinux: 'usr/bin/syslinux',
    mattrib: 'usr/bin/mtools -c mattrib',
    mcopy: 'usr/bin/mtools -c mcopy',
    mmd: 'usr/bin/mtools -c mmd',
    mmove: 'usr/bin/mtools -c mmove',
  };
  const loader = join(makerFolder, 'lib', libraryFolder, 'ld-linux-x86-64.so.2');
  for (const [name, program] of Object.entries(programs)) {
    const script = `#!/bin/sh\nexec '${loader}' --library-path '${libraries.join(':')}' '${makerFolder}'/${program} "$@"\n`;
    await writeFile(join(folder, name), script);
    await chmod(join(folder, name), 0o755);
  }
  const env = {
    GCONV_PATH: join(makerFolder, 'usr/lib', libraryFolder, 'gconv'),
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    LOCPATH: join(makerFolder, 'usr/lib/locale'),
    MTOOLS_SKIP_CHECK: '1',
    PATH: `${folder}:/usr/bin:/bin`,
    SOURCE_DATE_EPOCH: String(fixedEpochSeconds),
    TMPDIR: workFolder,
    TZ: 'UTC0',
  };
  return async (name, args, input) => {
    await commands.run(join(folder, name), args, { env, cwd: workFolder, ...(input === undefined ? {} : { input }) });
  };
}
