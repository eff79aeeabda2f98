// The command line for a v86 machine: a small program of vmb that gives it the terminal as its console; both ways, pure.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BlockDiskFiles } from './block-disk.ts';
import type { V86Hardware } from './v86-messages.ts';

const program = fileURLToPath(new URL('./v86-console.js', import.meta.url));

export function commandLine({ memoryBytes, bios, kernel, disks }: V86Hardware): string[] {
  return [
    ...[process.execPath, program],
    ...['--memory', String(memoryBytes)],
    ...['--bios', bios.systemPath, '--video-bios', bios.videoPath],
    ...(kernel === undefined ? [] : ['--kernel', kernel.path]),
    ...(kernel?.initramfsPath === undefined ? [] : ['--initramfs', kernel.initramfsPath]),
    ...(kernel === undefined || kernel.commandLine === '' ? [] : ['--append', kernel.commandLine]),
    ...disks.flatMap(({ path }) => ['--disk', path]),
  ];
}

/** What the program got, without the two words that name it. @throws TypeError of node:util for other words */
export function readCommandLine(
  words: readonly string[],
  findDisk: (path: string) => BlockDiskFiles,
): V86Hardware | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      memory: text,
      bios: text,
      'video-bios': text,
      kernel: text,
      initramfs: text,
      append: text,
      disk: { type: 'string', multiple: true },
    },
  });
  const { memory, bios, 'video-bios': video, kernel, initramfs, append, disk } = values;
  if (memory === undefined || bios === undefined || video === undefined) return undefined;
  return {
    memoryBytes: Number(memory),
    bios: { systemPath: bios, videoPath: video },
    kernel: kernel === undefined ? undefined : { path: kernel, initramfsPath: initramfs, commandLine: append ?? '' },
    disks: (disk ?? []).map(findDisk),
  };
}
