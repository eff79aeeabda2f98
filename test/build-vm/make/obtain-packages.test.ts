// Packages come in the pinned version, or in the present one with a word about it; then nobody is asked any more.
// apt is a stand-in that serves from a table.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cacheLayout } from '../../../build-vm/make/cache-layout.ts';
import type { PinnedInput } from '../../../build-vm/make/inputs-lock.ts';
import { obtainNewestPackages, obtainPackages } from '../../../build-vm/make/obtain-packages.ts';
import type { CommandRunner } from '../../../vmm-adapters/lib/command.ts';

let cacheFolder = '';
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'vmb-obtain-'));
});
afterEach(() => rm(cacheFolder, { recursive: true }));

interface Shelf {
  readonly packages: readonly PinnedInput[];
  /** What `download` puts into the files; what the list says by default. */
  readonly content?: string;
}

const pack = (name: string, version: string): PinnedInput => {
  const sha256 = createHash('sha256').update(`${name} ${version}`).digest('hex');
  return { name, architecture: 'amd64', version, sha256 };
};

const noCommands: CommandRunner = {
  run: () => expect.unreachable(),
  start: () => expect.unreachable(),
};

/** apt-get and apt-cache over a shelf of packages; every call is written down. */
function archiveOf(shelf: Shelf): CommandRunner & { readonly calls: string[] } {
  const calls: string[] = [];
  return {
    ...noCommands,
    calls,
    async run(file, args, options) {
      const words = args.slice(args.indexOf('--') + 1);
      const verb = args.find((word) => ['update', 'show', 'download'].includes(word)) ?? '?';
      calls.push(`${file} ${verb}${args.includes('--') ? ` ${words.join(' ')}` : ''}`);
      const stanzas = shelf.packages
        .filter(({ name }) => words.includes(name))
        .map(
          (p) =>
            `Package: ${p.name}\nVersion: ${p.version}\nArchitecture: ${p.architecture}\nDescription: x\n Version: 0 in the text\nSHA256: ${p.sha256}\n`,
        );
      if (verb === 'download') {
        for (const word of words) {
          const content = shelf.content ?? word.replace('=', ' ');
          await writeFile(join(options?.cwd ?? '/nowhere', `${word.replace('=', '_')}_amd64.deb`), content);
        }
      }
      return { exitCode: 0, stdout: ['Package: half\n', ...stanzas].join('\n'), stderr: '' };
    },
  };
}

function obtain(commands: CommandRunner, pins: readonly PinnedInput[], lines: string[] = []) {
  return obtainPackages({
    layout: cacheLayout(cacheFolder),
    debianArch: 'amd64',
    names: ['dash', 'tar'],
    lock: { inputs: pins, tools: [] },
    commands,
    report: (line) => void lines.push(line),
  });
}

const pins = [pack('dash', '1'), pack('tar', '1')];

test('the pinned versions, although the archive has newer ones', async () => {
  const commands = archiveOf({ packages: [pack('dash', '2'), pack('dash', '1'), pack('tar', '1')] });
  expect(await obtain(commands, pins)).toEqual(pins);
  expect(commands.calls).toEqual(['apt-get update', 'apt-cache show dash tar', 'apt-get download dash=1 tar=1']);
  const [first] = pins;
  expect(await readFile(cacheLayout(cacheFolder).package(first?.sha256 ?? ''), 'utf8')).toBe('dash 1');
});

test('the second time nobody is asked', async () => {
  await obtain(archiveOf({ packages: pins }), pins);
  const commands = archiveOf({ packages: [] });
  expect(await obtain(commands, pins)).toEqual(pins);
  expect(commands.calls).toEqual([]);
});

test('a pinned version that is gone: the present one, a word about it, and remembered', async () => {
  const present = [pack('dash', '1'), pack('tar', '2')];
  const lines: string[] = [];
  expect(await obtain(archiveOf({ packages: present }), pins, lines)).toEqual(present);
  expect(lines).toEqual([
    'tar: the archive no longer has the pinned 1; taking 2. This will not be the pinned build-VM; "make build-vm-lock" moves the pins.',
    'Downloading 2 Debian packages into the cache.',
  ]);
  const commands = archiveOf({ packages: [] });
  expect(await obtain(commands, pins)).toEqual(present);
  expect(commands.calls).toEqual([]);
});

test('other pins: what was remembered does not count', async () => {
  await obtain(archiveOf({ packages: [pack('dash', '1'), pack('tar', '2')] }), pins);
  const newPins = [pack('dash', '1'), pack('tar', '3')];
  const commands = archiveOf({ packages: newPins });
  expect(await obtain(commands, newPins)).toEqual(newPins);
  expect(commands.calls).toEqual(['apt-get update', 'apt-cache show dash tar', 'apt-get download tar=3']);
});

test('a package that the archive does not have at all', async () => {
  await expect(obtain(archiveOf({ packages: [pack('dash', '1')] }), pins)).rejects.toThrow(
    'tar: the Debian archive of this machine does not have this package for amd64. The build-VM is made from Debian 12; bring one made elsewhere with "vmb build-vm load FILE".',
  );
});

test('a download with other bytes is refused and not kept', async () => {
  await expect(obtain(archiveOf({ packages: pins, content: 'other bytes' }), pins)).rejects.toThrow(
    'dash 1, tar 1: what came from the archive does not have the SHA-256 that its list names. Try again; if it stays, the mirror in /etc/apt is broken.',
  );
  expect(await readdir(join(cacheFolder, 'build-vm'))).toEqual([]);
});

test('no network', async () => {
  const commands: CommandRunner = { ...noCommands, run: () => Promise.reject(new Error('could not resolve')) };
  await expect(obtain(commands, pins)).rejects.toThrow(
    'The lists of Debian packages cannot be fetched, and packages that the build-VM is made from are not in the cache yet. Check the network and /etc/apt; or bring a build-VM from another machine with "vmb build-vm load FILE".',
  );
  expect(await readdir(join(cacheFolder, 'build-vm'))).toEqual([]);
});

test('some lists cannot be fetched: the others do', async () => {
  const archive = archiveOf({ packages: pins });
  const commands: CommandRunner = {
    ...noCommands,
    async run(file, args, options) {
      if (!args.includes('update')) return archive.run(file, args, options);
      const state = args.find((word) => word.startsWith('Dir::State='))?.slice('Dir::State='.length) ?? '';
      await writeFile(join(state, 'lists/bookworm_main_binary-amd64_Packages'), '');
      throw new Error('hash sum mismatch');
    },
  };
  const lines: string[] = [];
  expect(await obtain(commands, pins, lines)).toEqual(pins);
  expect(lines).toEqual([
    'Some lists of Debian packages cannot be fetched; taking what the others offer.',
    'Downloading 2 Debian packages into the cache.',
  ]);
});

test('moving the pins takes the newest, whatever was remembered', async () => {
  await obtain(archiveOf({ packages: pins }), pins);
  const newest = [pack('dash', '2'), pack('tar', '2')];
  const taken = await obtainNewestPackages({
    layout: cacheLayout(cacheFolder),
    debianArch: 'amd64',
    names: ['dash', 'tar'],
    commands: archiveOf({ packages: [...newest, ...pins] }),
    report: () => undefined,
  });
  expect(taken).toEqual(newest);
});
