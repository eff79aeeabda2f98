// Which accelerator is chosen, why, and what is remembered.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AccelerationQuestion, chooseAcceleration } from '../../../vmm-adapters/lib/qemu-acceleration.ts';
import type { Verdict } from '../../../vmm-adapters/lib/qemu-trial.ts';
import { openVerdictFile } from '../../../vmm-adapters/lib/verdict-file.ts';

let folder: string;
let file: string;
let trials: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-verdicts-'));
  file = join(folder, 'cache', 'verdicts.json');
  trials = [];
});

afterEach(() => rm(folder, { recursive: true }));

const yes: Verdict = { works: true, because: 'the build-VM booted on it in 0.5 s' };
const no: Verdict = { works: false, because: 'the build-VM did not become ready on it within 4 s' };

function ask(verdict: Verdict, changes: Partial<AccelerationQuestion> = {}, host = 'linux 1') {
  return chooseAcceleration({
    choice: 'auto',
    facts: { version: '7.2.22', accelerators: ['tcg', 'kvm'] },
    trialKey: 'build-VM 1',
    verdicts: openVerdictFile(file, host),
    tryIt: async (accelerator) => {
      trials.push(accelerator);
      return verdict;
    },
    obstacle: async () => undefined,
    ...changes,
  });
}

const emulated = {
  accelerator: 'tcg',
  because: 'software emulation (tcg): kvm is there, but the build-VM did not become ready on it within 4 s',
};

test('what booted is taken, what did not is not, and each is asked once', async () => {
  expect(await ask(yes)).toEqual({ accelerator: 'kvm', because: 'kvm: the build-VM booted on it in 0.5 s' });
  expect(await ask(no)).toEqual({ accelerator: 'kvm', because: 'kvm: the build-VM booted on it in 0.5 s' });
  expect(await ask(no, { trialKey: 'build-VM 2' })).toEqual(emulated);
  expect(await ask(yes, { trialKey: 'build-VM 2' })).toEqual(emulated);
  expect(trials).toEqual(['kvm', 'kvm']);
});

test('another QEMU, and another run of the host, are asked anew', async () => {
  await ask(no);
  expect(await ask(yes, { facts: { version: '8.0.0', accelerators: ['tcg', 'kvm'] } })).toMatchObject({
    accelerator: 'kvm',
  });
  expect(await ask(yes, {}, 'linux 2')).toMatchObject({ accelerator: 'kvm' });
  // What held for the host's last run is forgotten.
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    host: 'linux 2',
    verdicts: { 'kvm, QEMU 7.2.22, build-VM 1': yes },
  });
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"host":"linux 1","verdicts":7}',
  '{"host":"linux 1","verdicts":{"kvm, QEMU 7.2.22, build-VM 1":{"works":"yes"}}}',
])('a damaged file is as none: %j', async (text) => {
  await mkdir(join(folder, 'cache'));
  await writeFile(file, text);
  expect(await ask(no)).toEqual(emulated);
  expect(await ask(yes)).toEqual(emulated);
  expect(trials).toEqual(['kvm']);
  expect(await readdir(join(folder, 'cache'))).toEqual(['verdicts.json']);
});

test('a file that cannot be written breaks nothing', async () => {
  await writeFile(join(folder, 'cache'), 'this is no folder');
  expect(await ask(no)).toEqual(emulated);
  expect(await ask(no)).toEqual(emulated);
  expect(trials).toEqual(['kvm', 'kvm']);
  await rm(join(folder, 'cache'));
  await mkdir(file, { recursive: true });
  expect(await ask(no)).toEqual(emulated);
  expect(await readdir(join(folder, 'cache'))).toEqual(['verdicts.json']);
});

test('nothing is tried when a look tells enough', async () => {
  const answers = [
    await ask(yes, { obstacle: async () => 'there is no /dev/kvm' }),
    await ask(yes, { facts: { version: '7.2.22', accelerators: ['tcg'] } }),
    await ask(yes, { trialKey: undefined }),
    await ask(yes, { choice: 'tcg' }),
    await ask(no, { choice: 'kvm' }),
  ];
  expect(answers.map(({ because }) => because)).toMatchInlineSnapshot(`
    [
      "software emulation (tcg): there is no /dev/kvm",
      "software emulation (tcg): this QEMU has no hardware acceleration",
      "software emulation (tcg): there is no build-VM yet to try kvm with",
      "tcg, because --vmm-option accel=tcg asks for it",
      "kvm, because --vmm-option accel=kvm asks for it",
    ]
  `);
  expect(trials).toEqual([]);
});

test('an accelerator that is asked for and not there', async () => {
  await expect(ask(yes, { choice: 'hvf' })).rejects.toThrow('QEMU 7.2.22 was built without hvf; it has: kvm, tcg.');
});
