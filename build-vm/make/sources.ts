// The files of the checkout that a build-VM is made from, and the digest over them: read at every build, so kept quick.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { archFacts, type BuildVmArch } from './arch.ts';
import { listFiles } from './list-files.ts';

export interface Sources {
  /** POSIX sh scripts of the guest agent; they become /vmb in the initramfs. */
  readonly guestFolder: string;
  /** The agent's part that differs in a target-VM. */
  readonly targetFolder: string;
  /** Fragments of the kernel's configuration. */
  readonly kernelFolder: string;
  /** C sources of the libraries that are preloaded before programs: one each. */
  readonly preloadFolder: string;
  /** C source of mkufs, the formatter for UFS. */
  readonly ufsFolder: string;
  readonly lockFile: string;
  /** The TypeScript that makes a build-VM: a change in it may change the result. */
  readonly makerFolder: string;
}

/** The sources beside this file, whether it runs as TypeScript or compiled below dist/. */
export function checkoutSources(): Sources {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'build-vm/kernel')) && folder !== '/') folder = dirname(folder);
  const buildVmFolder = join(folder, 'build-vm');
  return {
    guestFolder: join(buildVmFolder, 'guest'),
    targetFolder: join(buildVmFolder, 'target'),
    kernelFolder: join(buildVmFolder, 'kernel'),
    preloadFolder: join(buildVmFolder, 'preload'),
    ufsFolder: join(buildVmFolder, 'ufs'),
    lockFile: join(buildVmFolder, 'inputs.lock'),
    makerFolder: join(buildVmFolder, 'make'),
  };
}

/** SHA-256 over names and contents of all sources for this architecture; file times and modes do not count. */
export function sourceDigest(sources: Sources, arch: BuildVmArch): string {
  const hash = createHash('sha256').update(`${arch}\n`);
  const add = (name: string, file: string) => {
    hash.update(`${name}\n${createHash('sha256').update(readFileSync(file)).digest('hex')}\n`);
  };
  for (const name of guestFileNames(sources)) add(`guest/${name}`, join(sources.guestFolder, name));
  for (const name of targetFileNames(sources)) add(`target/${name}`, join(sources.targetFolder, name));
  for (const name of archFacts[arch].kernelFragments) add(`kernel/${name}`, join(sources.kernelFolder, name));
  for (const name of listFiles(sources.makerFolder)) {
    if (name.endsWith('.ts')) add(`make/${name}`, join(sources.makerFolder, name));
  }
  for (const name of preloadNames) add(`preload/${name}`, preloadSource(sources, name));
  for (const name of ufsFileNames(sources)) add(`ufs/${name}`, join(sources.ufsFolder, name));
  if (existsSync(sources.lockFile)) add('inputs.lock', sources.lockFile);
  return hash.digest('hex');
}

/** `fixed`, of the tools image, gives formatters another clock; `rooted`, of the guest, gives what writes into volumes another root. */
export const preloadNames = ['fixed', 'rooted'] as const;

export function preloadSource(
  { preloadFolder }: Pick<Sources, 'preloadFolder'>,
  name: (typeof preloadNames)[number],
): string {
  return join(preloadFolder, `${name}.c`);
}

/** Paths of the guest's files below its folder, sorted by code unit; what editors leave behind is not among them. */
export function guestFileNames(sources: Sources): string[] {
  return listFiles(sources.guestFolder).filter((name) => !/(?:^|\/)\.|~$/.test(name));
}

/** The same of the target's files. */
export function targetFileNames(sources: Sources): string[] {
  return listFiles(sources.targetFolder).filter((name) => !/(?:^|\/)\.|~$/.test(name));
}

/** The same of the C files of mkufs, headers too. */
export function ufsFileNames(sources: Sources): string[] {
  return listFiles(sources.ufsFolder).filter((name) => /^[^.].*\.[ch]$/.test(name));
}
