// EFI programs: sections where firmware and objdump find them, and nothing but a sentence for what is malformed.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JobFailure } from '../../../jobs/lib/failure.ts';
import { readPe } from '../../../jobs/lib/pe.ts';
import { planPe } from '../../../jobs/lib/pe-plan.ts';
import { addWords, writePe } from '../../../jobs/lib/pe-write.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { temporaryFolder } from '../scripts.ts';
import { peStub } from './pe-stub.ts';

const noSignal = new AbortController().signal;

/** Joins texts as sections to a stub, on disk. */
async function joined(stub: Buffer, sections: Readonly<Record<string, Buffer>>): Promise<string> {
  const folder = await temporaryFolder();
  const paths = new Map<string, string>();
  for (const [name, bytes] of Object.entries(sections)) {
    const path = join(folder, name);
    await writeFile(path, bytes);
    paths.set(name, path);
  }
  const added = Object.entries(sections).map(([name, bytes]) => ({ name, sizeBytes: bytes.length }));
  const target = join(folder, 'joined.efi');
  await writePe(planPe(stub, added), paths, target, noSignal);
  return target;
}

test.each([0x8664, 0x14c])('objdump finds the sections (machine %i)', async (machine) => {
  const efi = await joined(peStub({ machine }), {
    '.osrel': Buffer.from('ID=x\n'),
    '.cmdline': Buffer.from('console=ttyS0'),
    '.linux': Buffer.alloc(5000, 1),
  });
  const { stdout } = await localCommands.run('objdump', ['-h', efi], { env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } });
  const rows = stdout.split('\n').flatMap((line) => (/^ +[0-9]/.test(line) ? [line.trim().split(/ +/)] : []));
  expect(
    rows.map(([, name, size, address, , offset]) => [name, size, Number.parseInt(address ?? '', 16), offset]),
  ).toEqual([
    ['.text', '000005f9', 0x1000, '00000400'],
    ['.osrel', '00000005', 0x2000, '00000a00'],
    ['.cmdline', '0000000d', 0x3000, '00000c00'],
    ['.linux', '00001388', 0x4000, '00000e00'],
  ]);
});

test('contents, sizes and checksum', async () => {
  const linux = Buffer.from(Array.from({ length: 3_000_001 }, (_, index) => (index * 7) & 0xff));
  const bytes = await readFile(await joined(peStub(), { '.linux': linux }));
  const { sections } = readPe(bytes, 'The result');
  const section = sections.at(-1);
  expect(section).toEqual({
    name: '.linux',
    virtualBytes: 3_000_001,
    virtualAddress: 0x2000,
    rawBytes: 3_000_320,
    rawOffset: 0xa00,
  });
  expect(bytes.subarray(0xa00, 0xa00 + linux.length).equals(linux)).toBe(true);
  expect(bytes.length).toBe(0xa00 + 3_000_320);
  const optional = 0x98;
  expect(bytes.readUInt32LE(optional + 56)).toBe(0x2000 + Math.ceil(3_000_001 / 4096) * 4096);
  const checksum = bytes.readUInt32LE(optional + 64);
  bytes.writeUInt32LE(0, optional + 64);
  expect(checksum).toBe(addWords(0, bytes) + bytes.length);
  // The time of linking and the symbols are gone.
  expect([0x88, 0x8c, 0x90].map((offset) => bytes.readUInt32LE(offset))).toEqual([0, 0, 0]);
});

test('sbverify reads the result to its end', async () => {
  const efi = await joined(peStub(), { '.linux': Buffer.alloc(1000, 1) });
  const { stdout, stderr } = await localCommands.run('sbverify', ['--list', efi], { okExitCodes: [0, 1] });
  expect(`${stdout}${stderr}`).toBe('No signature table present');
});

test.each<[string, Buffer, string]>([
  ['an empty file', Buffer.alloc(0), 'The stub is not an EFI program: it does not begin with "MZ". Give one that is.'],
  [
    'a cut DOS header',
    peStub().subarray(0, 60),
    'The stub is not an EFI program: it ends within its DOS header. Give one that is.',
  ],
  [
    'a cut COFF header',
    peStub().subarray(0, 130),
    'The stub is not an EFI program: it ends within its COFF header. Give one that is.',
  ],
  [
    'a cut optional header',
    peStub().subarray(0, 200),
    'The stub is not an EFI program: it ends within its optional header. Give one that is.',
  ],
  [
    'a cut table of sections',
    peStub().subarray(0, 400),
    'The stub is not an EFI program: it ends within its table of sections. Give one that is.',
  ],
  [
    'a cut section',
    peStub().subarray(0, 2000),
    'The stub is not an EFI program: it ends within its section ".text". Give one that is.',
  ],
  [
    'another signature',
    changed((stub) => stub.write('NE', 0x80)),
    'The stub is not an EFI program: it has no PE signature. Give one that is.',
  ],
  [
    'another optional header',
    changed((stub) => stub.writeUInt16LE(0x107, 0x98)),
    'The stub is not an EFI program: its optional header is of no known kind. Give one that is.',
  ],
  [
    'a short optional header',
    changed((stub) => stub.writeUInt16LE(20, 0x94)),
    'The stub is not an EFI program: its optional header is too short. Give one that is.',
  ],
  [
    'no sections',
    changed((stub) => stub.writeUInt16LE(0, 0x86)),
    'The stub is not an EFI program: it has 0 sections. Give one that is.',
  ],
  [
    'too many sections',
    changed((stub) => stub.writeUInt16LE(97, 0x86)),
    'The stub is not an EFI program: it has 97 sections. Give one that is.',
  ],
  [
    'a crooked alignment',
    changed((stub) => stub.writeUInt32LE(768, 0xb8)),
    'The stub is not an EFI program: its alignments are impossible. Give one that is.',
  ],
  [
    'no room in the header',
    peStub({ headerBytes: 512 }),
    "The stub's header has no room for 3 more sections. Use systemd's stub, which has.",
  ],
  [
    'a kernel in it already',
    changed((stub) => stub.write('.linux\0', 0x188)),
    'The stub has a section .linux already. Use a stub without a kernel in it.',
  ],
  [
    'a signature',
    changed((stub) => stub.writeUInt32LE(2560, 0x98 + 112 + 32)),
    'The stub is signed, which the result could not be. Use the stub without its signature.',
  ],
])('refuses a stub with %s', (_, stub, message) => {
  const added = ['.osrel', '.cmdline', '.linux'].map((name) => ({ name, sizeBytes: 1 }));
  expect(() => planPe(stub, added)).toThrow(message);
});

function changed(change: (stub: Buffer) => unknown): Buffer {
  const stub = peStub();
  change(stub);
  return stub;
}

test('refuses more than 4 GiB', () => {
  expect(() => planPe(peStub(), [{ name: '.initrd', sizeBytes: 2 ** 32 }])).toThrow(
    'The parts are larger than an EFI program may be, 4 GiB. Make the initramfs smaller.',
  );
});

test('whatever a stub holds: a plan that fits, or a sentence', () => {
  const stub = peStub();
  const change = fc.tuple(fc.integer({ min: 0, max: 0x1b0 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), fc.integer({ min: 0, max: stub.length }), (changes, length) => {
      const bytes = Buffer.from(stub.subarray(0, length));
      for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
      try {
        const plan = planPe(bytes, [{ name: '.linux', sizeBytes: 1000 }]);
        const [placed] = plan.sections;
        expect(plan.head.length).toBe(placed?.offsetBytes);
        expect(readPe(plan.head, 'The result').sections.at(-1)?.name).toBe('.linux');
      } catch (error) {
        expect(error).toBeInstanceOf(JobFailure);
      }
    }),
    { numRuns: 2000 },
  );
});
