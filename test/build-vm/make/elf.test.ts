// The ELF reader: what it finds is what was written, and what readelf finds in real programs; cut files do not confuse it.
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readElfNeeds } from '../../../build-vm/make/elf.ts';
import { elfFile } from './elf-file.ts';

const bits = fc.constantFrom<32 | 64>(32, 64);
const name = fc.stringMatching(/^[a-z0-9+.-]{1,20}$/);

test('reads interpreter and libraries, 32 and 64 bit', () => {
  fc.assert(
    fc.property(bits, name, fc.array(name, { maxLength: 10 }), (width, interpreter, libraries) => {
      const path = `/lib/${interpreter}`;
      expect(readElfNeeds(elfFile({ bits: width, interpreter: path, libraries }))).toEqual({
        bits: width,
        interpreter: path,
        libraries,
      });
    }),
  );
});

test('a library has no interpreter', () => {
  expect(readElfNeeds(elfFile({ bits: 64, libraries: ['libc.so.6'] }))).toEqual({ bits: 64, libraries: ['libc.so.6'] });
});

test.each(['', '#!/bin/sh\n', 'a text of more than twenty bytes', '\x7fELF'])('%j is no ELF file', (text) => {
  expect(readElfNeeds(new TextEncoder().encode(text))).toBeUndefined();
});

test('a big-endian ELF file is not for this machine', () => {
  const file = elfFile({ bits: 64, libraries: [] });
  file[5] = 2;
  expect(readElfNeeds(file)).toBeUndefined();
});

test('a cut file is noticed, or its beginning says all', () => {
  const file = elfFile({ bits: 64, interpreter: '/lib/ld.so', libraries: ['libc.so.6'] });
  const whole = readElfNeeds(file);
  fc.assert(
    fc.property(fc.integer({ min: 20, max: file.length - 1 }), (length) => {
      try {
        expect(readElfNeeds(file.subarray(0, length))).toEqual(whole);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});

// The host's own programs, with binutils' reader as the judge.
test.each(['/bin/sh', '/usr/bin/env', '/bin/tar', process.execPath])('%s: the same as readelf', (path) => {
  const file = realpathSync(path);
  const output = execFileSync('readelf', ['--wide', '--dynamic', '--program-headers', file], { encoding: 'utf8' });
  const found = readElfNeeds(readFileSync(file));
  expect(found?.libraries).toEqual([...output.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, library]) => library));
  expect(found?.interpreter).toBe(/program interpreter: (.*)\]/.exec(output)?.[1]);
  expect(found?.libraries.length).toBeGreaterThan(0);
});
