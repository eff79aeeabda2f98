// Makes the build-VM of this checkout, or finds that there is nothing to do: the order of the steps, each in its own file.
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { archFacts, type BuildVmArch } from './arch.ts';
import { makeBiosBoot } from './bios-boot.ts';
import type { BuildVm, Report } from './build-vm.ts';
import { BuildVmError } from './build-vm-error.ts';
import { type CacheLayout, cacheLayout, temporaryName } from './cache-layout.ts';
import { buildVmFileNames } from './file-names.ts';
import { findBuildVm } from './find-build-vm.ts';
import { makeFirstrun } from './firstrun.ts';
import { makeInitramfs } from './initramfs.ts';
import { differencesFromLock, readInputsLock } from './inputs-lock.ts';
import { keepBuildVm, type MadeFiles } from './keep-build-vm.ts';
import { compileKernel, embedInitramfs, type Kernel, type KernelOptions } from './kernel.ts';
import { obtainInputs } from './obtain-inputs.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { biosPaths } from './packages.ts';
import { readPointer } from './pointer.ts';
import { pruneCache } from './prune-cache.ts';
import { checkoutSources, type Sources, sourceDigest } from './sources.ts';
import { makeSystemDisk } from './system-disk.ts';
import { installedToolchain, toolchainWithDigests } from './toolchain.ts';
import { makeToolsImage } from './tools-image.ts';
import { type UnpackedFolders, unpackPackages } from './unpack.ts';

export interface MakeOptions {
  readonly cacheFolder: string;
  readonly arch: BuildVmArch;
  readonly commands: CommandRunner;
  readonly report: Report;
  /** Those of the running vmb's checkout by default. */
  readonly sources?: Sources;
}

interface Making extends Required<MakeOptions> {
  readonly layout: CacheLayout;
  readonly sourceDigest: string;
}

/**
 * The build-VM of this state of the checkout, made if it is not in the cache yet. Safe to call from several processes, and to
 * interrupt at any moment.
 * @throws BuildVmError when this machine cannot make it, an input is wrong, or the result is.
 */
export async function makeBuildVm(options: MakeOptions): Promise<BuildVm> {
  const sources = options.sources ?? checkoutSources();
  const making: Making = {
    ...options,
    sources,
    layout: cacheLayout(options.cacheFolder),
    sourceDigest: sourceDigest(sources, options.arch),
  };
  const there = await findUnchanged(making);
  if (there !== undefined) return there;
  if (/[\s:'"]/.test(making.layout.root)) {
    throw new BuildVmError(
      'host-unsuited',
      `${making.layout.root}: the kernel cannot be compiled in a folder whose name has spaces, colons or quotes. Set VMB_HOME to another one.`,
    );
  }
  const onWait = () => options.report('Another vmb is making the build-VM; waiting for it.');
  return oneAtATime(making.layout.root, onWait, () => makeUntilUnchanged(making));
}

/** Once, unless somebody edits the sources meanwhile: then what was made may be neither of the two states. */
async function makeUntilUnchanged(making: Making): Promise<BuildVm> {
  const current = { ...making, sourceDigest: sourceDigest(making.sources, making.arch) };
  const there = await findUnchanged(current);
  if (there !== undefined) return there;
  const made = await makeAnew(current);
  if (made !== undefined) return made;
  making.report('A file of the build-VM was changed meanwhile; making it again.');
  return makeUntilUnchanged(making);
}

/** What is there already, if also the toolchain is still the one that made it. A loaded one has its toolchain elsewhere. */
async function findUnchanged(making: Making): Promise<BuildVm | undefined> {
  const there = findBuildVm(making);
  if (there?.matchesCheckout !== true) return undefined;
  const pointer = readPointer(making.layout.bySource(making.arch, making.sourceDigest));
  if (pointer?.origin === 'loaded') return there;
  const tools = await installedToolchain(making.commands);
  const changed = tools.filter(
    (tool) => !there.manifest.toolchain.some((old) => old.name === tool.name && old.version === tool.version),
  );
  if (changed.length === 0) return there;
  making.report(`The compiler's packages have changed (${changed.map((tool) => tool.name).join(', ')}).`);
  return undefined;
}

/** Undefined when the sources are no longer those that `making` names. */
async function makeAnew(making: Making): Promise<BuildVm | undefined> {
  const { layout, arch, commands } = making;
  const tools = await installedToolchain(commands);
  const lock = await readInputsLock(making.sources.lockFile);
  const { guest, maker, source } = await obtainInputs({ ...making, lock });
  const inputs = [...new Set([...guest, ...maker, source])];
  const folders: UnpackedFolders = {
    guest: await unpackPackages(layout, guest, commands),
    maker: await unpackPackages(layout, maker, commands),
  };
  const kernelOptions: KernelOptions = { ...making, source, tools };
  const kernel = await compileKernel(kernelOptions);
  const workFolder = temporaryName(join(layout.root, 'work'));
  await mkdir(workFolder, { recursive: true });
  try {
    const files = await makeFiles(kernel, kernelOptions, folders, workFolder);
    if (sourceDigest(making.sources, arch) !== making.sourceDigest) return undefined;
    const made = await keepBuildVm(layout, files, {
      arch,
      sourceDigest: making.sourceDigest,
      kernelRelease: kernel.release,
      inputs,
      toolchain: await toolchainWithDigests(tools, commands),
      unpinned: differencesFromLock(lock, inputs, tools),
    });
    const kept = [made.folder, folders.guest, folders.maker, kernel.sourceFolder, dirname(kernel.tree)];
    const packages = inputs.map((input) => layout.package(input.sha256));
    const inUse = new Set([...kept, ...packages].map((path) => basename(path)));
    await pruneCache(layout.root, inUse, Date.now());
    return made;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

async function makeFiles(
  kernel: Kernel,
  options: KernelOptions,
  folders: UnpackedFolders,
  workFolder: string,
): Promise<MadeFiles> {
  const { arch, commands, sources } = options;
  const efi = join(workFolder, buildVmFileNames.efi);
  const systemDisk = join(workFolder, buildVmFileNames.systemDisk);
  const biosBoot = join(workFolder, buildVmFileNames.biosBoot);
  const tools = join(workFolder, buildVmFileNames.tools);
  const firstrun = join(workFolder, buildVmFileNames.firstrun);
  const busybox = join(folders.guest, 'bin/busybox');
  const common = { arch, workFolder, commands };
  const initramfs = await makeInitramfs({ ...common, folders, sources, kernelSourceFolder: kernel.sourceFolder });
  await embedInitramfs(kernel, initramfs, efi, options);
  await makeSystemDisk(systemDisk, { ...common, makerFolder: folders.maker, efiFile: efi });
  await makeBiosBoot(biosBoot, { ...common, makerFolder: folders.maker });
  await makeToolsImage(tools, { ...common, sources, makerFolder: folders.maker, guestFolder: folders.guest });
  await makeFirstrun(firstrun, sources, busybox);
  return {
    efi,
    systemDisk,
    biosBoot,
    tools,
    firstrun,
    vmlinuz: kernel.vmlinuz,
    initramfs,
    busybox,
    stub: join(folders.guest, archFacts[arch].stubPath),
    bios: join(folders.guest, biosPaths.system),
    videoBios: join(folders.guest, biosPaths.video),
  };
}
