// uki: its inputs, and the program that it joins.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPe } from '../../jobs/lib/pe.ts';
import { job } from '../../jobs/uki.ts';
import { formatted } from './disks.ts';
import { peStub } from './lib/pe-stub.ts';
import { mistakeIn, workOf, worldAfter } from './planning.ts';
import { temporaryFolder } from './scripts.ts';

const world = worldAfter(...formatted);

function hostWork(options: Readonly<Record<string, unknown>>) {
  const work = workOf(job, options, world);
  if (work.kind !== 'host') throw new Error('uki is a host action');
  return work;
}

test('a command line that the kernel would cut off is refused', () => {
  const of = (bytes: number) => ({ kernel: 'vmb:vmlinuz', cmdline: 'x'.repeat(bytes), as: 'x.efi' });
  expect(hostWork(of(2047)).effects.notes).toMatchInlineSnapshot(`
    [
      "vmb:vmlinuz is the kernel of the build-VM: it has no network drivers, no USB, no screen and no modules; for an image that needs them fetch a kernel of Debian’s (deb:linux-image-…)",
    ]
  `);
  expect(mistakeIn(job, of(2048), world)).toMatchInlineSnapshot(
    `"cmdline: the command line has 2048 bytes, of which the kernel would read 2047 only; shorten it, or put a part into the initramfs"`,
  );
});

test('names sources, places and texts as inputs', () => {
  const options = {
    kernel: 'vmb:vmlinuz',
    initramfs: 'main:2:/boot/initramfs',
    cmdline: 'console=ttyS0',
    as: 'hello.efi',
    to: 'main:1:/EFI/BOOT/BOOTX64.EFI',
  };
  const { effects } = hostWork(options);
  const inputs = [...effects.inputs].map(([name, input]) => [
    name,
    input.kind === 'place' ? `place ${input.path}` : input.kind === 'text' ? input.text : input.source,
  ]);
  expect(Object.fromEntries(inputs)).toMatchInlineSnapshot(`
    {
      "cmdline": "console=ttyS0",
      "initramfs": "place /boot/initramfs",
      "kernel": {
        "kind": "vmb",
        "name": "vmlinuz",
      },
      "os-release": "ID=hello
    NAME="hello"
    PRETTY_NAME="hello 1"
    VERSION_ID="1"
    ",
      "stub": {
        "kind": "vmb",
        "name": "stub",
      },
    }
  `);
  expect(effects.title).toBe('join vmb:vmlinuz and main:2:/boot/initramfs to hello.efi');
  expect(effects.artifacts).toEqual([{ name: 'hello.efi', at: ['as'], from: { kind: 'host' } }]);
  expect(effects.bringsIn?.get('uki-brought-in')?.path).toBe('/EFI/BOOT/BOOTX64.EFI');
});

test.each([
  ['a=b\n', { kind: 'text', text: 'a=b\n' }],
  ['files/os-release', { kind: 'source', source: { kind: 'file', path: 'files/os-release' }, at: ['os-release'] }],
])('os-release %j', (text, input) => {
  expect(hostWork({ kernel: 'vmb:vmlinuz', as: 'x.efi', 'os-release': text }).effects.inputs.get('os-release')).toEqual(
    input,
  );
});

interface Parts {
  readonly stub?: Buffer;
  readonly kernel?: Buffer;
}

/** Carries a step out with files in a folder of the test. */
async function applied(
  options: Readonly<Record<string, unknown>>,
  parts: Parts = {},
): Promise<(name: string) => Promise<Buffer>> {
  const folder = await temporaryFolder();
  const work = hostWork(options);
  const files = new Map<string, Buffer>([
    ['stub', parts.stub ?? peStub()],
    ['kernel', parts.kernel ?? peStub()],
    ['initramfs', Buffer.from('cpio')],
  ]);
  for (const [name, input] of work.effects.inputs) {
    await writeFile(join(folder, name), input.kind === 'text' ? input.text : (files.get(name) ?? ''));
  }
  await work.apply({
    input: (name) => join(folder, name),
    output: (name) => join(folder, `out-${name}`),
    digest: () => Promise.reject(new Error('it hashes nothing')),
    listed: () => Promise.reject(new Error('it lists nothing')),
    fact: () => undefined,
    signal: new AbortController().signal,
  });
  return (name) => readFile(join(folder, `out-${name}`));
}

test('joins what is given, and nothing empty', async () => {
  const options = {
    kernel: 'vmb:vmlinuz',
    initramfs: 'files/initramfs',
    cmdline: '',
    as: 'x.efi',
    to: 'main:1:/x.efi',
  };
  const output = await applied(options);
  const bytes = await output('x.efi');
  expect(readPe(bytes, 'The result').sections.map(({ name }) => name)).toEqual([
    '.text',
    '.osrel',
    '.initrd',
    '.linux',
  ]);
  expect(await output('uki-brought-in')).toEqual(bytes);
});

test('the same bytes each time', async () => {
  const options = { kernel: 'vmb:vmlinuz', cmdline: 'quiet', uname: '6.1', to: 'main:1:/x.efi' };
  expect(await (await applied(options))('uki-brought-in')).toEqual(await (await applied(options))('uki-brought-in'));
});

test.each<[string, Parts, string]>([
  [
    'for another processor',
    { kernel: peStub({ machine: 0x14c }) },
    'The kernel is for another processor (0x14c) than the stub (0x8664). Use two of a kind.',
  ],
  [
    'without an EFI stub',
    { kernel: Buffer.from('\x7fELF') },
    'The kernel is not an EFI program: it does not begin with "MZ". Give one that is.',
  ],
])('refuses a kernel %s', async (_, parts, message) => {
  await expect(applied({ kernel: 'vmb:vmlinuz', as: 'x.efi' }, parts)).rejects.toThrow(message);
});

test.each([
  [{ kernel: 'vmb:vmlinuz' }],
  [{ as: 'x.efi' }],
  [{ kernel: 'vmb:vmlinuz', to: 'main:1:/EFI/' }],
  [{ kernel: 'tree:1:/vmlinuz', as: 'x.efi' }],
  [{ kernel: 'main:2:/a/../vmlinuz', as: 'x.efi' }],
])('refuses %j', (options) => {
  expect(mistakeIn(job, options, world)).toMatchSnapshot();
});
