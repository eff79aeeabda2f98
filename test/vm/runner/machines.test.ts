// One build on machines that differ in everything a VMM may choose: the same artifact from each.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ext4Disk, makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
let first: string | undefined;
beforeAll(async () => {
  vmb = makeVmb();
  const jobs = `${ext4Disk('32MiB')}
[[job]]
use = "copy-in"
content = "hello\\n"
to = "main:1:/etc/motd"

[[job]]
use = "run"
command = "cat /mnt/etc/motd > /mnt/copy"
mount = { "/mnt" = "main:1" }

[[job]]
use = "export"
disk = "main"
as = "main.img"
`;
  await vmb.addBuild('machines', jobs);
});
afterAll(() => vmb.remove());

test.each([
  ['q35, direct boot, virtio', []],
  ['pc, BIOS, IDE', ['--boot', 'bios', '--vmm-option', 'machine=pc', '--vmm-option', 'disks=ide']],
  ['q35, UEFI, AHCI', ['--boot', 'uefi', '--vmm-option', 'disks=ahci']],
  ['microvm, direct boot, virtio', ['--vmm-option', 'machine=microvm']],
])('%s', async (_, options) => {
  const out = join(vmb.folder, 'out');
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'machines', '--out', out, ...options);
  expect(finished.stderr).toBe('');
  expect(finished.exitCode).toBe(0);
  const record = JSON.parse(readFileSync(join(out, 'machines.record.json'), 'utf8'));
  const [{ sha256 }] = record.artifacts;
  first ??= sha256;
  expect(sha256).toBe(first);
});

test('a way to boot that the VMM does not have is refused before anything boots', async () => {
  const options = ['--boot', 'uefi', '--vmm-option', 'machine=microvm'];
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'machines', ...options);
  expect(finished.exitCode).toBe(69);
  expect(finished.stderr).toBe('--boot: qemu cannot start machines by uefi here; it can by: kernel.\n');
});
