// Compiles the kernel once per configuration and source (minutes), and links it again with another initramfs (seconds).
// The compiled tree stays in the cache for that.

import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { archFacts, type BuildVmArch } from './arch.ts';
import type { Report } from './build-vm.ts';
import { BuildVmError } from './build-vm-error.ts';
import type { CacheLayout } from './cache-layout.ts';
import { sha256OfText } from './digest.ts';
import type { PinnedInput, PinnedTool } from './inputs-lock.ts';
import { type ConfigWish, checkConfig, formatWishes, parseFragment, symbolsDefinedIn } from './kernel-config.ts';
import { efiLimitBytes, kernelCommandLine, kernelCompressor, kernelEnvironment } from './kernel-recipe.ts';
import type { Sources } from './sources.ts';
import { unpackKernelSource } from './unpack.ts';

export interface KernelOptions {
  readonly layout: CacheLayout;
  readonly arch: BuildVmArch;
  readonly sources: Sources;
  readonly source: PinnedInput;
  readonly tools: readonly PinnedTool[];
  readonly commands: CommandRunner;
  readonly report: Report;
}

export interface Kernel {
  /** The unpacked source, where gen_init_cpio comes from. */
  readonly sourceFolder: string;
  /** What its configuration was made from: read once, for somebody may be editing the fragments. */
  readonly wishes: readonly ConfigWish[];
  /** The compiled tree (O= of the kernel's makefile). */
  readonly tree: string;
  /** The kernel without initramfs. */
  readonly vmlinuz: string;
  /** As `uname -r` says. */
  readonly release: string;
}

const imagePath = 'arch/x86/boot/bzImage';

/**
 * The compiled kernel without initramfs. A tree that an interrupted compilation left is thrown away.
 * @throws BuildVmError `kernel-config`, before anything is compiled, naming each symbol that is not as asked for.
 */
export async function compileKernel(options: KernelOptions): Promise<Kernel> {
  const wishes = await readWishes(options);
  const folder = options.layout.kernel(kernelDigest(options, wishes));
  const sourceFolder = await unpackKernelSource(options.layout, options.source, options.commands);
  const kernel = { sourceFolder, wishes, tree: join(folder, 'tree'), vmlinuz: join(folder, 'vmlinuz') };
  if (!existsSync(kernel.vmlinuz)) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(kernel.tree, { recursive: true });
    await configure(kernel, wishes, options);
    options.report(
      `Compiling the kernel for ${options.arch}. This takes about 5 minutes on 2 processors, and is done once.`,
    );
    await compile(kernel, options);
    await copyFile(join(kernel.tree, imagePath), `${kernel.vmlinuz}.new`);
    await rename(`${kernel.vmlinuz}.new`, kernel.vmlinuz);
  }
  const release = await readFile(join(kernel.tree, 'include/config/kernel.release'), 'utf8');
  return { ...kernel, release: release.trim() };
}

/**
 * Links the kernel with `initramfs` (an uncompressed cpio archive) and copies the image to `efiFile`.
 * @throws BuildVmError `output-too-large` when the result is 10 MB or more.
 */
export async function embedInitramfs(
  kernel: Kernel,
  initramfs: string,
  efiFile: string,
  options: KernelOptions,
): Promise<void> {
  await copyFile(initramfs, join(kernel.tree, 'initramfs.cpio'));
  await configure(kernel, [...kernel.wishes, ...embedWishes], options);
  options.report('Linking the kernel with the initramfs (about 10 seconds).');
  await runMake(kernel, ['bzImage'], options);
  await copyFile(join(kernel.tree, imagePath), efiFile);
  const { size } = await stat(efiFile);
  if (size >= efiLimitBytes) {
    throw new BuildVmError(
      'output-too-large',
      `build-vm.efi would be ${size} bytes, and must be under ${efiLimitBytes}. Take programs out of build-vm/make/packages.ts, or options out of build-vm/kernel/.`,
    );
  }
}

const embedWishes: readonly ConfigWish[] = [
  { symbol: 'INITRAMFS_SOURCE', value: '"initramfs.cpio"', where: 'kernel.ts' },
  // The kernel's image is compressed as a whole: unpacking twice would cost time at each boot.
  { symbol: 'INITRAMFS_COMPRESSION_NONE', value: 'y', where: 'kernel.ts' },
];

async function readWishes(options: KernelOptions): Promise<ConfigWish[]> {
  const wishes: ConfigWish[] = [];
  for (const name of archFacts[options.arch].kernelFragments) {
    const text = await readFile(join(options.sources.kernelFolder, name), 'utf8');
    wishes.push(...parseFragment(text, `build-vm/kernel/${name}`));
  }
  return [...wishes, { symbol: 'CMDLINE', value: JSON.stringify(kernelCommandLine), where: 'kernel-recipe.ts' }];
}

/** Digest over all that shapes the kernel: comments in fragments and the place of the cache do not. */
function kernelDigest(options: KernelOptions, wishes: readonly ConfigWish[]): string {
  const tools = options.tools.map((tool) => `${tool.name} ${tool.version}`);
  return sha256OfText(
    JSON.stringify([
      options.arch,
      options.source.sha256,
      formatWishes(wishes),
      kernelEnvironment,
      kernelCompressor,
      tools,
    ]),
  );
}

async function configure(
  kernel: Omit<Kernel, 'release'>,
  wishes: readonly ConfigWish[],
  options: KernelOptions,
): Promise<void> {
  const wishesFile = join(kernel.tree, 'wishes.config');
  await writeFile(wishesFile, formatWishes(wishes));
  await runMake(kernel, [`KCONFIG_ALLCONFIG=${wishesFile}`, 'allnoconfig'], options);
  const kconfigs = await options.commands.run('grep', [
    ...['--recursive', '--no-filename', '--extended-regexp', '--include=Kconfig*'],
    ...['^[[:space:]]*(menu)?config[[:space:]]', kernel.sourceFolder],
  ]);
  checkConfig(await readFile(join(kernel.tree, '.config'), 'utf8'), wishes, new Set(symbolsDefinedIn(kconfigs.stdout)));
}

async function compile(kernel: Omit<Kernel, 'release'>, options: KernelOptions): Promise<void> {
  let files = 0;
  await runMake(kernel, ['bzImage'], options, (line) => {
    if (!/^ {2}(CC|AS) /.test(line)) return;
    files += 1;
    if (files % 250 === 0) options.report(`Compiling the kernel for ${options.arch}: ${files} of about 1600 files.`);
  });
}

async function runMake(
  kernel: Omit<Kernel, 'release'>,
  targets: readonly string[],
  options: KernelOptions,
  onLine?: (line: string) => void,
): Promise<void> {
  const args = [`--jobs=${availableParallelism()}`, `--directory=${kernel.sourceFolder}`, `O=${kernel.tree}`];
  const settings = [`ARCH=${archFacts[options.arch].kernel}`, `ZSTD=${kernelCompressor}`];
  // A make that outlived a killed vmb would write into the tree that the next one begins.
  await options.commands.run('setpriv', ['--pdeathsig', 'TERM', 'make', ...args, ...settings, ...targets], {
    env: kernelEnvironment,
    ...(onLine === undefined ? {} : { onLine }),
  });
}
