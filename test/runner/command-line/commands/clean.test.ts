// What `vmb clean` removes, and what it never touches.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisProcess } from '../../../../runner/state/owner.ts';
import { openWorkFolder } from '../../../../runner/state/work-folder.ts';
import { type Bench, makeBench } from '../run-vmb.ts';
import { placeSampleBuildVm } from '../sample-build-vm.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await makeBench();
});

afterEach(() => bench.remove());

async function workFolder(name: string, marker: object): Promise<string> {
  const folder = join(bench.context.folders.state, 'work', name);
  await file(join(folder, 'owner.json'), JSON.stringify({ ...thisProcess(), ...marker }));
  await file(join(folder, 'disk.img'), 'x'.repeat(100_000));
  return folder;
}

async function file(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

test('nothing to remove', async () => {
  expect((await bench.vmb('clean')).stdout).toBe('Nothing to remove.\n');
});

test('kept and left-behind sessions and old build-VMs go, the rest stays', async () => {
  const { cache, state } = bench.context.folders;
  const kept = await workFolder('1-kept', { kept: true });
  const gone = await workFolder('2-gone', { startTicks: '1' });
  const elsewhere = await workFolder('3-elsewhere', { host: 'another' });
  const current = join(cache, 'build-vm/vm', await placeSampleBuildVm(cache));
  const other = join(cache, 'build-vm/vm', await placeSampleBuildVm(cache, { arch: 'i686' }));
  const old = join(cache, 'build-vm/vm', '0'.repeat(64));
  await file(join(old, 'build-vm.efi'), 'old');
  const record = join(state, 'records/images/hello/1-x86_64.json');
  await file(record, '{}');

  const { stdout } = await bench.vmb('clean', '--dry-run');
  // What files take depends on the filesystem; the contents alone are 200 KiB.
  expect(stdout.replaceAll(/^[\d.]+ KiB +/gm, 'SIZE ')).toMatchInlineSnapshot(`
    "SIZE kept session  /bench/home/state/work/1-kept
    SIZE left behind   /bench/home/state/work/2-gone
    SIZE old build-VM  /bench/home/cache/build-vm/vm/0000000000000000000000000000000000000000000000000000000000000000
    SIZE would be removed.
    "
  `);
  expect(existsSync(kept)).toBe(true);
  expect((await bench.vmb('clean')).stdout.trimEnd().split('\n').at(-1)).toMatch(/^2\d\d KiB removed\.$/);
  expect([kept, gone, old].filter(existsSync)).toEqual([]);
  expect([elsewhere, current, other, record].every(existsSync)).toBe(true);

  await bench.vmb('clean', '--all');
  expect([elsewhere, current, other].filter(existsSync)).toEqual([]);
  expect(existsSync(record)).toBe(true);
});

test('what a killed vmb left half done goes, and what a living one makes stays', async () => {
  const { cache, state, config } = bench.context.folders;
  const half = [
    join(cache, 'build-vm/new.99999999-0123abcd.tmp'),
    join(cache, 'build-vm/by-source/aa.99999999-0123abcd.tmp'),
    join(state, 'repositories/.mine.99999999-0123abcd'),
    join(config, 'repositories/mine.json.99999999-0123abcd.tmp'),
  ];
  const growing = join(cache, `build-vm/new.${process.pid}-0123abcd.tmp`);
  const registered = join(config, 'repositories/mine.json');
  for (const path of [...half, growing]) await file(join(path, 'part'), 'x');
  await file(registered, '{}');
  expect((await bench.vmb('clean')).stdout.match(/left half done/g)).toHaveLength(half.length);
  expect(half.filter(existsSync)).toEqual([]);
  expect([growing, registered].every(existsSync)).toBe(true);
});

test('what was fetched goes when that is asked for', async () => {
  const { cache } = bench.context.folders;
  const fetched = join(cache, 'store/sha256', 'a'.repeat(64));
  const half = join(cache, 'store/incoming/1-ab');
  await file(fetched, 'fetched');
  await file(half, 'half');
  await bench.vmb('clean');
  expect([fetched, half].filter(existsSync)).toEqual([fetched]);
  const { stdout } = await bench.vmb('clean', '--fetched');
  expect(stdout).toMatch(/^\S+ \S+ +fetched files +\/bench\/home\/cache\/store\/sha256\n/);
  expect(existsSync(fetched)).toBe(false);
});

test('while a build runs the cache stays', async () => {
  const { cache, state } = bench.context.folders;
  const current = join(cache, 'build-vm/vm', await placeSampleBuildVm(cache));
  const work = await openWorkFolder(state);
  expect(await bench.vmb('clean', '--all')).toEqual({
    exitCode: 0,
    stdout: 'Nothing to remove.\n',
    stderr: 'A build is running; the cache stays as it is.\n',
  });
  expect([work.path, current].every(existsSync)).toBe(true);
});
