// A fingerprint changes with each of its inputs, and with nothing else.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, type FingerprintInputs, fingerprint } from '../../../runner/plan/fingerprint.ts';

const inputs: FingerprintInputs = {
  previous: '',
  job: 'format',
  options: { volume: 'main:1', type: 'ext4' },
  script: 'true\n',
  inputs: [{ name: 'files/motd', digest: 'aa' }],
  buildVmDigest: 'bb',
  epochSeconds: 1_767_225_600,
  time: { startsAtSeconds: 1_767_229_200, limitSeconds: 3600 },
};

test('is the same for the same inputs, whatever the order of keys', () => {
  expect(fingerprint({ ...inputs, options: { type: 'ext4', volume: 'main:1' } })).toBe(fingerprint(inputs));
});

test.each<[string, Partial<FingerprintInputs>]>([
  ['the step before', { previous: 'cc' }],
  ['the job', { job: 'label' }],
  ['an option', { options: { volume: 'main:2', type: 'ext4' } }],
  ['the script', { script: 'false\n' }],
  ['the digest of an input', { inputs: [{ name: 'files/motd', digest: 'ab' }] }],
  ['the name of an input', { inputs: [{ name: 'files/issue', digest: 'aa' }] }],
  ['one input more', { inputs: [...inputs.inputs, { name: 'x', digest: 'aa' }] }],
  ['the build-VM', { buildVmDigest: 'bc' }],
  ['the epoch', { epochSeconds: 1_767_225_601 }],
  ['the clock', { time: { startsAtSeconds: 1_767_229_201, limitSeconds: 3600 } }],
  ['the time limit', { time: { startsAtSeconds: 1_767_229_200, limitSeconds: 3601 } }],
])('changes with %s', (_, change) => {
  expect(fingerprint({ ...inputs, ...change })).not.toBe(fingerprint(inputs));
});

test('canonical JSON sorts keys by code unit, not by locale', () => {
  expect(canonicalJson({ b: 1, ä: 2, Z: 3, a: [undefined, new Date(0), 1n] })).toBe(
    '{"Z":3,"a":[null,"1970-01-01T00:00:00.000Z",1],"b":1,"ä":2}',
  );
});

test('canonical JSON says the same as JSON for plain data', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
