// The bundled example, as `make demo` builds it: twice the same bytes, and it boots under UEFI as a program and as a disk.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
const greeting = 'Hello from a kernel that vmb built';
beforeAll(() => {
  vmb = makeVmb();
});
afterAll(() => vmb.remove());

test('built twice, both artifacts are equal to the byte', async () => {
  for (const out of ['one', 'two']) {
    const finished = await vmb.run('build', '--repo', 'images', '--name', 'hello-efi', '--out', out);
    expect(finished.stderr).toBe('');
    expect(finished.exitCode).toBe(0);
  }
  for (const name of ['hello-efi.efi', 'hello-efi.img']) {
    const [one, two] = ['one', 'two'].map((out) => readFileSync(join(vmb.folder, out, name)));
    expect(one?.equals(two ?? Buffer.alloc(0)), name).toBe(true);
  }
});

test.each(['hello-efi.efi', 'hello-efi.img'])('%s boots under UEFI, greets and powers off', async (name) => {
  const finished = await vmb.run('boot', join('one', name), '--expect', greeting);
  expect(finished.exitCode, finished.stderr).toBe(0);
  expect(finished.stdout).toContain(greeting);
});

test('a boot that does not say what was expected ends with 3', async () => {
  const finished = await vmb.run('boot', join('one', 'hello-efi.efi'), '--expect', 'Good bye');
  expect(finished.exitCode).toBe(3);
  expect(finished.stdout).toContain(greeting);
});

test('a disk that never powers off ends with 3 when its time is over', async () => {
  const disk = join(vmb.folder, 'empty.img');
  mkdirSync(vmb.folder, { recursive: true });
  writeFileSync(disk, Buffer.alloc(1024 * 1024));
  const finished = await vmb.run('boot', disk, '--firmware', 'bios', '--expect', greeting, '--timeout', '3');
  expect(finished.exitCode).toBe(3);
});
