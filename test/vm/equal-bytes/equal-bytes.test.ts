// Every job there is, and the bundled example, on machines that differ: the same bytes. And what is said when they are not.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registry } from '../../../runner/registry.ts';
import { makeVmb, type Vmb } from '../vmb.ts';
import { addEveryJob, expectEqual } from './compared.ts';
import { embeddedMachines, selectedMachines } from './machines.ts';

let vmb: Vmb;
beforeAll(async () => {
  vmb = makeVmb();
  await addEveryJob(vmb);
});
afterAll(() => vmb.remove());

test('the build uses every job', async () => {
  const text = readFileSync(new URL('every-job/build.toml', import.meta.url), 'utf8');
  const used = new Set([...text.matchAll(/^use = "([a-z-]+)"$/gm)].map(([, name]) => name));
  expect([...used].sort()).toEqual(await registry.jobNames());
});

test('every job', () => expectEqual(vmb, 'equal-bytes', 'every-job', selectedMachines));

test('hello-efi', () => expectEqual(vmb, 'images', 'hello-efi', embeddedMachines));

test('what is not equal is told with its step and its place, and nothing is handed over', async () => {
  const jobs = `
[[job]]
use = "create-disk"
disk = "main"
size = "16MiB"
[[job]]
use = "label"
disk = "main"
type = "gpt"
[[job]]
use = "partition"
disk = "main"
size = "rest"
[[job]]
use = "format"
volume = "main:1"
type = "ext4"
[[job]]
use = "run"
mount = { "/mnt" = "main:1" }
command = "echo same > /mnt/first; nproc > /mnt/second"
[[job]]
use = "copy-out"
from = "main:1:/"
as = "tree"
[[job]]
use = "export"
disk = "main"
as = "main.img"
`;
  await vmb.addBuild('unequal', jobs);
  const words = ['--repo', 'test', '--name', 'unequal', '--out', 'unequal', '--vmm', 'qemu,qemu:cpus=2'];
  const { exitCode, stderr, events } = await vmb.run('build', ...words, '--json');
  expect(exitCode).toBe(3);
  expect(stderr).toBe(
    'qemu and qemu:cpus=2 differ first in step 6 (copy main:1:/ out as tree): tree: second: at byte 0. Nothing was handed over; --keep keeps both results.\n',
  );
  expect(events().at(-1)).toMatchObject({ type: 'build-failed', code: 'comparison-failed', exitCode: 3 });
  expect(events().find(({ type }) => type === 'compared')).toMatchObject({
    comparison: { equal: false, difference: { step: 6, what: 'tree', where: 'second: at byte 0' } },
  });
  expect(existsSync(join(vmb.folder, 'unequal'))).toBe(false);
});
