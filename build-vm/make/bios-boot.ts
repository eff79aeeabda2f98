// Makes the boot loader for disks that BIOS machines start, an input of builds (`vmb:bios-boot`): GRUB, whose parts are made
// once and lie at fixed places, so that no program has to install it. On a disk with an msdos table its first 440 bytes are the
// boot code, and what follows from its second sector on lies from the disk's second sector on. It carries out /boot/grub.cfg of
// the first partition (FAT).
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareTools, type ToolOptions } from './maker-tools.ts';

const modules = ['biosdisk', 'part_msdos', 'fat', 'normal', 'linux'];

/** Writes the boot loader to `file`. */
export async function makeBiosBoot(file: string, options: ToolOptions): Promise<void> {
  const tools = await prepareTools(options);
  const folder = join(options.makerFolder, 'usr/lib/grub/i386-pc');
  const core = join(options.workFolder, 'grub-core.img');
  await tools('grub-mkimage', [
    ...['--format=i386-pc', `--directory=${folder}`, '--prefix=(,msdos1)/boot', `--output=${core}`],
    ...modules,
  ]);
  await writeFile(file, Buffer.concat([await readFile(join(folder, 'boot.img')), await readFile(core)]));
}
