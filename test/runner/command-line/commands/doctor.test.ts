// What `vmb doctor` says of machines in different states.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { examineNode } from '../../../../runner/command-line/examine.ts';
import { type Bench, makeBench } from '../run-vmb.ts';
import { placeSampleBuildVm } from '../sample-build-vm.ts';
import { resetScript, script } from '../scripted-adapter.ts';

let bench: Bench;

beforeEach(async () => {
  resetScript();
  bench = await makeBench();
});

afterEach(() => bench.remove());

/** What differs from machine to machine is made the same. */
function steady(text: string): string {
  return text
    .replaceAll(process.versions.node, 'NODE')
    .replace(/(qemu-img +)\S+/, '$1VERSION')
    .replaceAll(/[\d.]+ [GT]iB free/g, 'ROOM free');
}

test('nothing can be built without a build-VM', async () => {
  const { exitCode, stdout } = await bench.vmb('doctor');
  expect(exitCode).toBe(69);
  expect(steady(stdout)).toMatchInlineSnapshot(`
    "ok       Node             NODE
    missing  build-VM x86_64  there is none that belongs to this vmb
                              mend it: vmb build-vm make, or vmb build-vm load FILE
    missing  build-VM i686    there is none that belongs to this vmb
                              mend it: vmb build-vm make, or vmb build-vm load FILE
    ok       VMM scripted     1.0, it only reads from a script
    ok       VMM scripted     boots by kernel, uefi; up to 30 disks; no snapshots
    ok       VMM scripted     --vmm-option machine=small|large
    ok       qemu-img         VERSION
    ok       disk             ROOM free for state
    ok       disk             ROOM free for cache
    ok       config folder    /bench/home/config
    ok       cache folder     /bench/home/cache
    ok       state folder     /bench/home/state
    ok       runtime folder   /bench/home/runtime
    "
  `);
});

test('a build-VM from elsewhere, and folders left behind', async () => {
  await placeSampleBuildVm(bench.context.folders.cache);
  await mkdir(join(bench.context.folders.state, 'work', '1-0'), { recursive: true });
  const { exitCode, stdout } = await bench.vmb('doctor');
  expect(exitCode).toBe(0);
  expect(steady(stdout)).toMatchInlineSnapshot(`
    "ok    Node             NODE
    note  build-VM x86_64  52ac5f86ed8fd6ef41c5f6074a4b73f1d8163f7e48fc78c144b65794b25b6bff, made from other sources than this checkout’s
                           mend it: vmb build-vm make
    note  build-VM i686    there is none that belongs to this vmb
                           mend it: vmb build-vm make, or vmb build-vm load FILE
    ok    VMM scripted     1.0, it only reads from a script
    ok    VMM scripted     boots by kernel, uefi; up to 30 disks; no snapshots
    ok    VMM scripted     --vmm-option machine=small|large
    ok    qemu-img         VERSION
    ok    disk             ROOM free for state
    ok    disk             ROOM free for cache
    note  work folders     1 that no build uses
                           mend it: vmb clean
    ok    config folder    /bench/home/config
    ok    cache folder     /bench/home/cache
    ok    state folder     /bench/home/state
    ok    runtime folder   /bench/home/runtime
    "
  `);
});

test('a build-VM of this checkout, pinned or not', async () => {
  const { cache } = bench.context.folders;
  await placeSampleBuildVm(cache, { madeHere: true });
  expect((await bench.vmb('doctor')).stdout).toMatch(
    /^ok {4}build-VM x86_64 {2}[0-9a-f]{64}, from the pinned inputs$/m,
  );
  await placeSampleBuildVm(cache, { madeHere: true, unpinned: ['gcc-12 is 12.2.0-15, pinned is 12.2.0-14'] });
  expect(
    (await bench.vmb('doctor')).stdout
      .split('\n')
      .slice(1, 4)
      .join('\n')
      .replace(/[0-9a-f]{64}/, 'DIGEST'),
  ).toMatchInlineSnapshot(`
    "note  build-VM x86_64  DIGEST, not from the pinned inputs
                             gcc-12 is 12.2.0-15, pinned is 12.2.0-14
                           mend it: make build-vm-lock pins what is there now"
  `);
});

test('a VMM that cannot be used, with its remedy', async () => {
  await placeSampleBuildVm(bench.context.folders.cache);
  script.probe = { usable: false, reason: 'scripted-vmm is not installed.', remedy: 'apt-get install scripted-vmm' };
  const { exitCode, stdout } = await bench.vmb('doctor');
  expect(exitCode).toBe(69);
  expect(
    stdout
      .split('\n')
      .filter((line) => line.includes('scripted'))
      .join('\n'),
  ).toMatchInlineSnapshot(`
    "missing  VMM scripted     scripted-vmm is not installed.
                              mend it: apt-get install scripted-vmm"
  `);
});

test('the same for programs', async () => {
  const { stdout } = await bench.vmb('doctor', '--json');
  const document = JSON.parse(stdout);
  expect(document.schema).toBe(1);
  expect(document.checks[1]).toEqual({
    status: 'missing',
    subject: 'build-VM x86_64',
    finding: 'there is none that belongs to this vmb',
    remedy: 'vmb build-vm make, or vmb build-vm load FILE',
  });
});

test.each([
  ['20.18.3', 'missing'],
  ['20.19.0', 'ok'],
  ['22.1.0', 'ok'],
  ['18.20.0', 'missing'],
])('Node %s: %s', (version, status) => {
  expect(examineNode(version).status).toBe(status);
});
