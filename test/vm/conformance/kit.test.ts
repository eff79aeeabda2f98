// The conformance kit as a user runs it: all cases on QEMU, and the VMM that a TOML file describes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { allCases } from '../../../runner/conformance/all-cases.ts';
import { makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
beforeEach(() => {
  vmb = makeVmb();
});
afterEach(() => vmb.remove());

const template = join(import.meta.dirname, '../../../docs/examples/qemu.toml');

test('QEMU keeps every promise', async () => {
  const { exitCode, stdout, stderr } = await vmb.run('conformance', 'qemu', '--json', '--out', 'report.json');
  const report = JSON.parse(stdout);
  expect(report.cases.filter(({ result }: { result: string }) => result !== 'passed')).toEqual([]);
  expect(report.cases).toHaveLength(allCases.length);
  expect([exitCode, report.passed, report.vmm, report.boot]).toEqual([0, true, 'qemu', 'kernel']);
  expect(report.version).toMatch(/^\d+\.\d+/);
  expect(readFileSync(join(vmb.folder, 'report.json'), 'utf8')).toBe(stdout);
  expect(stderr).toMatch(/46 passed, 0 failed, 0 not applicable, in /);
});

test('a VMM that a TOML file describes keeps the promises, by kernel and by BIOS', async () => {
  const words = ['conformance', 'command', '--vmm-option', `file=${template}`];
  const some = await vmb.run(...words, '--only', '1-8,11-13,15-22,29,31,32,34,38,39,42');
  expect(some.stdout).toMatch(/25 passed, 0 failed, 1 not applicable, in .*\n$/);
  expect(some.exitCode).toBe(0);
  expect((await vmb.run(...words, '--boot', 'bios', '--only', '10,43')).exitCode).toBe(0);
});

test('another build-VM: a kernel has no firmware boot, a system disk no kernel boot', async () => {
  const { stdout } = await vmb.run('build-vm', 'make');
  const folder = /^in (.*)$/m.exec(stdout)?.[1] ?? '';
  const kernel = await vmb.run('conformance', 'qemu', '--build-vm', join(folder, 'build-vm.efi'), '--only', '10,41');
  expect(kernel.stdout).toMatch(/41 {2}not applicable .*\n +The build-VM has no system disk\.\n1 passed/);
  const disk = await vmb.run('conformance', 'qemu', '--build-vm', join(folder, 'system-disk.img'), '--only', '10,40');
  expect(disk.stdout).toMatch(/boot by bios, build-VM .*system-disk\.img\n/);
  expect(disk.stdout).toMatch(/40 {2}not applicable .*\n +The build-VM is a system disk\.\n1 passed/);
});
