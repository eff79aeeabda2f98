// Initramfs and system disk, made twice from the same packages: in different folders, under another umask, time zone, locale and
// user name. They are equal to the byte, and programs that are not ours read them.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archFacts, type BuildVmArch, buildVmArchs, hostArch } from '../../../build-vm/make/arch.ts';
import type { BuildVm } from '../../../build-vm/make/build-vm.ts';
import { cacheLayout } from '../../../build-vm/make/cache-layout.ts';
import { makeInitramfs } from '../../../build-vm/make/initramfs.ts';
import { guestPackages, kernelSourcePackage, makerPackages } from '../../../build-vm/make/packages.ts';
import { checkoutSources } from '../../../build-vm/make/sources.ts';
import { makeSystemDisk } from '../../../build-vm/make/system-disk.ts';
import { toolPackages } from '../../../build-vm/make/tool-packages.ts';
import { makeToolsImage } from '../../../build-vm/make/tools-image.ts';
import { unpackPackages } from '../../../build-vm/make/unpack.ts';
import { type CommandRunner, localCommands } from '../../../vmm-adapters/lib/command.ts';
import { cachedBuildVm, cacheFolder } from './cached-build-vm.ts';

interface Circumstances {
  readonly folder: string;
  readonly umask: number;
  readonly environment: Readonly<Record<string, string>>;
}

interface Made {
  readonly initramfs: string;
  readonly systemDisk: string;
  readonly tools: string;
}

async function make(buildVm: BuildVm, circumstances: Circumstances): Promise<Made> {
  const { environment } = circumstances;
  const commands: CommandRunner = {
    ...localCommands,
    run: (file, args, options) => localCommands.run(file, args, { env: environment, ...options }),
  };
  const oldMask = process.umask(circumstances.umask);
  try {
    const real = cacheLayout(cacheFolder);
    const layout = { ...cacheLayout(circumstances.folder), package: real.package };
    const { inputs } = buildVm.manifest;
    const source = inputs.find(({ name }) => name === kernelSourcePackage);
    const unpack = (arch: BuildVmArch, names: readonly string[]) => {
      const ofArch = [archFacts[arch].debian, 'all'];
      const wanted = inputs.filter((input) => names.includes(input.name) && ofArch.includes(input.architecture));
      return unpackPackages(layout, wanted, commands);
    };
    const forGuest = [...guestPackages, ...toolPackages];
    const folders = { guest: await unpack(buildVm.arch, forGuest), maker: await unpack(hostArch, makerPackages) };
    const workFolder = join(circumstances.folder, 'work');
    await mkdir(workFolder, { recursive: true });
    const common = { arch: buildVm.arch, workFolder, commands };
    const kernelSourceFolder = real.kernelSource(source?.sha256 ?? '');
    const initramfs = await makeInitramfs({ ...common, folders, sources: checkoutSources(), kernelSourceFolder });
    const systemDisk = join(circumstances.folder, 'system-disk.img');
    await makeSystemDisk(systemDisk, { ...common, makerFolder: folders.maker, efiFile: buildVm.files.efi });
    const tools = join(circumstances.folder, 'tools.img');
    await makeToolsImage(tools, {
      ...common,
      sources: checkoutSources(),
      makerFolder: folders.maker,
      guestFolder: folders.guest,
    });
    return { initramfs, systemDisk, tools };
  } finally {
    process.umask(oldMask);
  }
}

const output = (file: string, ...args: readonly string[]) => execFileSync(file, args, { encoding: 'utf8' });

describe.each(buildVmArchs)('%s', (arch) => {
  const buildVm = cachedBuildVm(arch);
  let folder = '';
  let first: Made;
  let second: Made;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vmb-twice-'));
    const PATH = process.env['PATH'] ?? '';
    const plain = { PATH, TZ: 'UTC0', LC_ALL: 'C' };
    first = await make(buildVm, { folder: join(folder, 'a'), umask: 0o022, environment: plain });
    second = await make(buildVm, {
      folder: join(folder, 'somewhere/else/and/deeper'),
      umask: 0o077,
      environment: { PATH, TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', USER: 'somebody', LOGNAME: 'somebody' },
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('the initramfs is the same to the byte', async () => {
    expect((await readFile(first.initramfs)).equals(await readFile(second.initramfs))).toBe(true);
  });

  test('the tools image is the same to the byte, and the one of the cache', async () => {
    const bytes = await readFile(first.tools);
    expect(bytes.equals(await readFile(second.tools))).toBe(true);
    expect(bytes.equals(await readFile(buildVm.files.tools))).toBe(true);
  });

  test('the system disk is the same to the byte, and the one of the cache', async () => {
    const bytes = await readFile(first.systemDisk);
    expect(bytes.equals(await readFile(second.systemDisk))).toBe(true);
    expect(bytes.equals(await readFile(buildVm.files.systemDisk))).toBe(true);
  });

  test('cpio lists the initramfs: all is root’s and of one time, with console, agent and shell', async () => {
    const archive = await readFile(first.initramfs);
    const list = execFileSync('cpio', ['--list', '--verbose', '--quiet', '--numeric-uid-gid'], {
      input: archive,
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC0', LC_ALL: 'C' },
    }).split('\n');
    // gen_init_cpio counts the zero byte after a link's target.
    const lines = list.filter((line) => line !== '').map((line) => line.replace(/ +/g, ' '));
    for (const line of lines) expect(line).toMatch(/^\S+ \d+ 0 0 [\d, ]+ Jan 1 2026 /);
    const entry = (name: string) => lines.filter((line) => line.includes(` 2026 ${name}`));
    expect(entry('dev/console')).toEqual(['crw------- 1 0 0 5, 1 Jan 1 2026 dev/console']);
    expect(entry('init')).toEqual(['lrwxrwxrwx 1 0 0 10 Jan 1 2026 init -> /vmb/init']);
    expect(entry('bin/sh ')).toEqual(['lrwxrwxrwx 1 0 0 5 Jan 1 2026 bin/sh -> dash']);
    expect(entry('vmb/init')[0]).toMatch(/^-rwxr-xr-x 1 0 0 /);
  });

  test('sfdisk, fsck.fat and mdir read the system disk', async () => {
    const table: { partitiontable: { label: string; partitions: { start: number; size: number; attrs: string }[] } } =
      JSON.parse(output('sfdisk', '--json', first.systemDisk));
    expect(table.partitiontable).toMatchObject({
      label: 'gpt',
      partitions: [
        { start: 2048, size: 28672, type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', attrs: 'LegacyBIOSBootable' },
      ],
    });
    const fat = join(folder, 'fat.img');
    const start = 2048 * 512;
    await rm(fat, { force: true });
    output('dd', `if=${first.systemDisk}`, `of=${fat}`, 'bs=512', 'skip=2048', 'count=28672', 'status=none');
    expect(output('fsck.fat', '-n', fat)).toMatch(/: 7 files, /);
    const files = output('mdir', '-b', '-s', '-a', '-i', `${first.systemDisk}@@${start}`, '::');
    expect(files.trim().split('\n').sort()).toEqual([
      '::/EFI/',
      '::/EFI/BOOT/',
      `::${archFacts[arch].removableEfiPath}`,
      '::/ldlinux.c32',
      '::/ldlinux.sys',
      '::/syslinux.cfg',
    ]);
  });

  test('all limits hold: build-vm.efi is under 10 MB, and an EFI program', async () => {
    expect(buildVm.manifest.files.efi.sizeBytes).toBeLessThan(10_000_000);
    for (const file of [buildVm.files.efi, buildVm.files.vmlinuz, buildVm.files.stub]) {
      expect(output('objdump', '--file-headers', file)).toContain(
        `file format ${{ x86_64: 'pei-x86-64', i686: 'pei-i386' }[arch]}`,
      );
    }
    expect(output('file', '--brief', buildVm.files.busybox)).toContain('statically linked');
  });
});
