// Makes the system disk: one raw image whose build-vm.efi BIOS machines start through syslinux and UEFI machines directly.
// All tools come from unpacked packages, so the bytes do not depend on what the host has installed.

import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFully } from '../../base/write-fully.ts';
import { archFacts, type BuildVmArch } from './arch.ts';
import { prepareTools, type ToolOptions } from './maker-tools.ts';

export interface SystemDiskOptions extends ToolOptions {
  readonly arch: BuildVmArch;
  readonly efiFile: string;
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
    await writeFully(disk, bootCode, 0);
    const content = await readFile(fat);
    await writeFully(disk, content, partitionStart * sectorBytes);
  } finally {
    await disk.close();
  }
}

async function makeEmptyFile(file: string, sizeBytes: number): Promise<void> {
  await writeFile(file, '');
  await truncate(file, sizeBytes);
}
