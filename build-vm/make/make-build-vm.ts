// Makes the build-VM of this checkout, or finds that there is nothing to do: the order of the steps, each in its own file.

import { copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { archFacts, type BuildVmArch } from './arch.ts';
import type { BuildVm, Report } from './build-vm.ts';
import { BuildVmError } from './build-vm-error.ts';
import { type CacheLayout, cacheLayout, makeFolder, replaceFile, temporaryName } from './cache-layout.ts';
import { sha256OfFile } from './digest.ts';
import { buildVmFileNames } from './file-names.ts';
import { findBuildVm, openBuildVm } from './find-build-vm.ts';
import { makeInitramfs } from './initramfs.ts';
import { differencesFromLock, type PinnedInput, type PinnedTool, readInputsLock } from './inputs-lock.ts';
import { compileKernel, embedInitramfs, type Kernel, type KernelOptions } from './kernel.ts';
import { digestOf, formatManifest, type Manifest, type ManifestFile, manifestFileName } from './manifest.ts';
import { obtainPackages } from './obtain-packages.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { kernelSourcePackage, unpackedPackages } from './packages.ts';
import { readPointer, writePointer } from './pointer.ts';
import { pruneCache } from './prune-cache.ts';
import { checkoutSources, type Sources, sourceDigest } from './sources.ts';
import { makeSystemDisk } from './system-disk.ts';
import { installedToolchain, toolchainWithDigests } from './toolchain.ts';
import { unpackPackages } from './unpack.ts';

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
  return oneAtATime(making.layout.root, onWait, async () => (await findUnchanged(making)) ?? makeAnew(making));
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

async function makeAnew(making: Making): Promise<BuildVm> {
  const { layout, arch, commands } = making;
  const tools = await installedToolchain(commands);
  const lock = await readInputsLock(making.sources.lockFile);
  const names = [...unpackedPackages, kernelSourcePackage].sort();
  const inputs = await obtainPackages({ ...making, debianArch: archFacts[arch].debian, names, lock });
  const source = inputs.find((input) => input.name === kernelSourcePackage);
  if (source === undefined) throw new Error('Internal error: no kernel source among the packages');
  const unpackedFolder = await unpackPackages(
    layout,
    inputs.filter((input) => input !== source),
    commands,
  );
  const kernelOptions: KernelOptions = { ...making, source, tools };
  const kernel = await compileKernel(kernelOptions);
  const workFolder = temporaryName(join(layout.root, 'work'));
  await mkdir(workFolder, { recursive: true });
  try {
    const files = await makeFiles(making, kernel, kernelOptions, unpackedFolder, workFolder);
    const unpinned = differencesFromLock(lock, inputs, tools);
    const manifest = await describe(making, { files, kernel, inputs, tools, unpinned });
    const made = await keep(making, files, manifest);
    const inUse = [made.folder, unpackedFolder, kernel.sourceFolder, dirname(kernel.tree)].map((path) =>
      basename(path),
    );
    const packages = inputs.map((input) => basename(layout.package(input.sha256)));
    await pruneCache(layout.root, new Set([...inUse, ...packages]), Date.now());
    return made;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

type MadeFiles = BuildVm['files'];

async function makeFiles(
  making: Making,
  kernel: Kernel,
  kernelOptions: KernelOptions,
  unpackedFolder: string,
  workFolder: string,
): Promise<MadeFiles> {
  const { arch, commands, sources } = making;
  const efi = join(workFolder, buildVmFileNames.efi);
  const systemDisk = join(workFolder, buildVmFileNames.systemDisk);
  const initramfsOptions = { arch, sources, unpackedFolder, workFolder, commands };
  const initramfs = await makeInitramfs({ ...initramfsOptions, kernelSourceFolder: kernel.sourceFolder });
  await embedInitramfs(kernel, initramfs, efi, kernelOptions);
  await makeSystemDisk(systemDisk, { arch, efiFile: efi, unpackedFolder, workFolder, commands });
  return {
    efi,
    systemDisk,
    vmlinuz: kernel.vmlinuz,
    busybox: join(unpackedFolder, 'bin/busybox'),
    stub: join(unpackedFolder, archFacts[arch].stubPath),
  };
}

interface Made {
  readonly files: MadeFiles;
  readonly kernel: Kernel;
  readonly inputs: readonly PinnedInput[];
  readonly tools: readonly PinnedTool[];
  readonly unpinned: readonly string[];
}

async function describe(making: Making, made: Made): Promise<Manifest> {
  const file = async (path: string): Promise<ManifestFile> => {
    return { sizeBytes: (await stat(path)).size, sha256: await sha256OfFile(path) };
  };
  return {
    schema: 1,
    arch: making.arch,
    files: {
      efi: await file(made.files.efi),
      vmlinuz: await file(made.files.vmlinuz),
      busybox: await file(made.files.busybox),
      stub: await file(made.files.stub),
      systemDisk: await file(made.files.systemDisk),
    },
    sourceDigest: making.sourceDigest,
    kernelRelease: made.kernel.release,
    inputs: made.inputs,
    toolchain: await toolchainWithDigests(made.tools, making.commands),
    unpinned: made.unpinned,
  };
}

/** Puts files and manifest into the cache under their digest, and points from the checkout's state to them. */
async function keep(making: Making, files: MadeFiles, manifest: Manifest): Promise<BuildVm> {
  const digest = digestOf(manifest);
  const folder = making.layout.buildVm(digest);
  if (openBuildVm(folder, false) === undefined) await rm(folder, { recursive: true, force: true });
  await makeFolder(making.layout.root, async (temporary) => {
    for (const role of ['efi', 'vmlinuz', 'busybox', 'stub', 'systemDisk'] as const) {
      await copyFile(files[role], join(temporary, buildVmFileNames[role]));
    }
    await writeFile(join(temporary, manifestFileName), formatManifest(manifest));
    return folder;
  });
  // The same files may have been made from another state of the checkout: the manifest tells of the last one.
  await replaceFile(join(folder, manifestFileName), formatManifest(manifest));
  await writePointer(making.layout.bySource(making.arch, making.sourceDigest), { digest, origin: 'made' });
  const buildVm = openBuildVm(folder, true);
  if (buildVm === undefined) throw new Error(`Internal error: ${folder} is not whole right after it was made`);
  return buildVm;
}
