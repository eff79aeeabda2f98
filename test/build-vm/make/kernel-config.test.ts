// Fragments, and the comparison of the final configuration with them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { archFacts, buildVmArchs } from '../../../build-vm/make/arch.ts';
import { checkConfig, formatWishes, parseFragment, symbolsDefinedIn } from '../../../build-vm/make/kernel-config.ts';
import { checkoutSources } from '../../../build-vm/make/sources.ts';

const fragment = `# Comment

CONFIG_EFI_STUB=y  # boots as an EFI program
CONFIG_MODULES=n  # forbidden
CONFIG_NR_CPUS=64  # enough
CONFIG_PANIC_TIMEOUT=-1  # at once
CONFIG_NLS_DEFAULT="utf8"  # names
`;
const wishes = parseFragment(fragment, 'some.config');
const known = new Set(['EFI_STUB', 'MODULES', 'NR_CPUS', 'PANIC_TIMEOUT', 'NLS_DEFAULT']);
const good = `#
# Automatically generated file; DO NOT EDIT.
CONFIG_EFI_STUB=y
# CONFIG_MODULES is not set
CONFIG_NR_CPUS=64
CONFIG_PANIC_TIMEOUT=-1
CONFIG_NLS_DEFAULT="utf8"
`;

test('a fragment becomes wishes, and a sorted text for make', () => {
  expect(wishes[1]).toEqual({ symbol: 'MODULES', value: 'n', where: 'some.config:4' });
  expect(formatWishes(wishes)).toBe(
    'CONFIG_EFI_STUB=y\nCONFIG_MODULES=n\nCONFIG_NLS_DEFAULT="utf8"\nCONFIG_NR_CPUS=64\nCONFIG_PANIC_TIMEOUT=-1\n',
  );
});

test.each([
  'CONFIG_EFI=y',
  'CONFIG_EFI=y # one space',
  'CONFIG_EFI=y  #',
  'CONFIG_EFI=m  # a module',
  'EFI=y  # no prefix',
  ' CONFIG_EFI=y  # indented',
  'CONFIG_EFI  # no value',
])('%j is not a line of a fragment', (line) => {
  expect(() => parseFragment(`\n${line}\n`, 'bad.config')).toThrow(
    `bad.config:2: ${JSON.stringify(line)} is not a line of a fragment. Write CONFIG_NAME=value, two spaces, # and the reason.`,
  );
});

test('a symbol that is decided twice names both places', () => {
  const again = parseFragment('CONFIG_MODULES=y  # really?\n', 'other.config');
  expect(() => formatWishes([...wishes, ...again])).toThrow(
    'other.config:1: CONFIG_MODULES is already decided at some.config:4. Keep one of the two lines.',
  );
});

test('a final configuration as asked for passes', () => {
  expect(() => checkConfig(good, wishes, known)).not.toThrow();
});

const advice =
  "The final configuration differs from the fragments, because of what these symbols depend on or are selected by. Look them up in the kernel's Kconfig files and add or correct lines.";

test.each([
  ['asked for, missing', 'CONFIG_EFI_STUB=y\n', '', 'some.config:3: CONFIG_EFI_STUB must be y, but is n.'],
  [
    'forbidden, present',
    '# CONFIG_MODULES is not set',
    'CONFIG_MODULES=y',
    'some.config:4: CONFIG_MODULES must be n, but is y.',
  ],
  ['another number', 'NR_CPUS=64', 'NR_CPUS=8', 'some.config:5: CONFIG_NR_CPUS must be 64, but is 8.'],
  ['another text', '"utf8"', '"ascii"', 'some.config:7: CONFIG_NLS_DEFAULT must be "utf8", but is "ascii".'],
])('%s: the symbol is named', (_title, from, to, complaint) => {
  expect(() => checkConfig(good.replace(from, to), wishes, known)).toThrow(`${complaint}\n${advice}`);
});

test('every symbol that differs is named at once', () => {
  expect(() => checkConfig('CONFIG_MODULES=y\n', wishes.slice(0, 2), known)).toThrow(
    `some.config:3: CONFIG_EFI_STUB must be y, but is n.\nsome.config:4: CONFIG_MODULES must be n, but is y.\n${advice}`,
  );
});

test('forbidding a symbol that no kernel has protects from nothing', () => {
  const slip = parseFragment('CONFIG_MODULE=n  # a slip of the pen\n', 'slip.config');
  expect(() => checkConfig(good, slip, known)).toThrow(
    `slip.config:1: CONFIG_MODULE does not exist in this kernel.\n${advice}`,
  );
});

test('symbols of a Kconfig file', () => {
  const kconfig =
    'menu "x"\nconfig EFI\n\tbool "EFI"\n  menuconfig NET\n\tdepends on X86\n\t  config like this in a help text\n';
  expect(symbolsDefinedIn(kconfig)).toEqual(['EFI', 'NET']);
});

test.each(buildVmArchs)('the fragments of %s hold together', (arch) => {
  const { kernelFolder } = checkoutSources();
  const all = archFacts[arch].kernelFragments.flatMap((name) =>
    parseFragment(readFileSync(join(kernelFolder, name), 'utf8'), name),
  );
  expect(formatWishes(all).split('\n').length).toBeGreaterThan(150);
  const forbidden = all.filter((wish) => wish.value === 'n').map((wish) => wish.symbol);
  expect(forbidden).toEqual(
    expect.arrayContaining([
      ...['MODULES', 'DEVMEM', 'DEVPORT', 'PROC_KCORE', 'X86_IOPL_IOPERM', 'KEXEC', 'KEXEC_FILE', 'MAGIC_SYSRQ'],
      ...['BPF_SYSCALL', 'COREDUMP', 'FHANDLE', 'UEVENT_HELPER', 'HIBERNATION', 'DEBUG_FS', 'NETDEVICES'],
    ]),
  );
});
