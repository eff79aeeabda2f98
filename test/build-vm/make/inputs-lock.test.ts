// The lock: read, written, and compared with what was taken.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  differencesFromLock,
  formatInputsLock,
  type InputsLock,
  parseInputsLock,
  readInputsLock,
} from '../../../build-vm/make/inputs-lock.ts';
import {
  guestPackages,
  kernelSourcePackage,
  makerPackages,
  toolchainPackages,
} from '../../../build-vm/make/packages.ts';
import { checkoutSources } from '../../../build-vm/make/sources.ts';
import { toolPackages } from '../../../build-vm/make/tool-packages.ts';

const busybox = {
  name: 'busybox-static',
  architecture: 'amd64',
  version: '1:1.35.0-4+b1',
  sha256: '3d'.repeat(32),
} as const;
const source = { name: 'linux-source-6.1', architecture: 'all', version: '6.1.1-1', sha256: 'ab'.repeat(32) } as const;
const compiler = { name: 'gcc-12', architecture: 'amd64', version: '12.2.0-14' } as const;
const lock: InputsLock = { inputs: [source, busybox], tools: [compiler] };

test('written sorted, and read again', () => {
  const text = formatInputsLock(lock);
  expect(
    text,
  ).toBe(`# Debian packages that the build-VM is made from (input) and with (tool). Written by "make build-vm-lock".
# input NAME ARCHITECTURE VERSION SHA-256 OF THE .deb | tool NAME ARCHITECTURE VERSION
input busybox-static amd64 1:1.35.0-4+b1 ${busybox.sha256}
input linux-source-6.1 all 6.1.1-1 ${source.sha256}
tool gcc-12 amd64 12.2.0-14
`);
  expect(parseInputsLock(text, 'inputs.lock')).toEqual({ inputs: [busybox, source], tools: [compiler] });
});

test.each([
  'input busybox-static amd64 1:1.35.0-4',
  `input busybox-static amd64 1.0 ${'AB'.repeat(32)}`,
  `input busybox-static mips 1.0 ${'ab'.repeat(32)}`,
  `input ../evil amd64 1.0 ${'ab'.repeat(32)}`,
  `input busybox amd64 $(reboot) ${'ab'.repeat(32)}`,
  `input -o amd64 1.0 ${'ab'.repeat(32)}`,
  ' tool gcc-12 amd64 12',
  'anything else',
])('%j is not a line of a lock', (line) => {
  expect(() => parseInputsLock(`# head\n${line}\n`, 'inputs.lock')).toThrow(
    `inputs.lock:2: ${JSON.stringify(line)} is not a line of a lock. Take the committed file back, or run "make build-vm-lock".`,
  );
});

test('no text becomes a package name that apt could take for an option or a path', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        for (const { name } of parseInputsLock(text, 'lock').inputs) expect(name).toMatch(/^[a-z0-9][a-z0-9+.-]+$/);
      } catch (error) {
        expect(error).toHaveProperty('code', 'input-wrong');
      }
    }),
  );
});

test('what was taken as pinned makes no line', () => {
  expect(differencesFromLock(lock, [source, busybox], [compiler])).toEqual([]);
});

test('each difference names the package', () => {
  const taken = [
    { ...busybox, version: '1:1.36' },
    { ...source, sha256: 'cd'.repeat(32) },
    { ...busybox, name: 'dash' },
  ];
  const tools = [
    { ...compiler, version: '12.2.0-15' },
    { ...compiler, name: 'flex', version: '2.6' },
  ];
  expect(differencesFromLock(lock, taken, tools)).toEqual([
    'busybox-static 1:1.36 instead of the pinned 1:1.35.0-4+b1',
    'linux-source-6.1 6.1.1-1 has other bytes than the pinned ones',
    'dash 1:1.35.0-4+b1 is not pinned',
    'gcc-12 12.2.0-15 (tool) instead of the pinned 12.2.0-14',
    'flex 2.6 (tool) is not pinned',
  ]);
});

test('the committed lock pins every package of the tables, names no host, and is as it is written', async () => {
  const committed = await readInputsLock(checkoutSources().lockFile);
  const namesFor = (...architectures: readonly string[]) =>
    committed.inputs.filter((input) => architectures.includes(input.architecture)).map((input) => input.name);
  expect(namesFor('amd64', 'all').sort()).toEqual(
    [...new Set([...guestPackages, ...toolPackages, ...makerPackages, kernelSourcePackage])].sort(),
  );
  const independent = namesFor('all');
  const forGuest = [...new Set([...guestPackages, ...toolPackages])].sort();
  expect(namesFor('i386')).toEqual(forGuest.filter((name) => !independent.includes(name)));
  expect(committed.tools.map((tool) => tool.name)).toEqual([...toolchainPackages].sort());
  expect(formatInputsLock(committed)).not.toMatch(/:\/\/|\.(org|com|net)\b/);
});
