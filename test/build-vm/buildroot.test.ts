// The external tree for Buildroot: the same kernel fragments and guest scripts as ours, and no file named that is not there.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archFacts } from '../../build-vm/make/arch.ts';
import { formatWishes, parseFragment } from '../../build-vm/make/kernel-config.ts';

const buildVm = join(import.meta.dirname, '../../build-vm');
const tree = join(buildVm, 'buildroot');
const script = (name: string) => join(tree, 'board/vmb', name);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-buildroot-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the kernel’s configuration is that of our fragments', () => {
  const file = join(folder, 'kernel.config');
  execFileSync('sh', [script('kernel-config.sh'), join(buildVm, 'kernel'), 'x86_64', file]);
  const wishes = archFacts.x86_64.kernelFragments.flatMap((name) =>
    parseFragment(readFileSync(join(buildVm, 'kernel', name), 'utf8'), name),
  );
  expect(wishes.length).toBeGreaterThan(100);
  expect(readFileSync(file, 'utf8')).toBe(formatWishes(wishes));
});

test('the guest scripts are ours, byte for byte, and run where ours run', () => {
  // Buildroot has its compilers there, by longer names.
  mkdirSync(join(folder, 'host/bin'), { recursive: true });
  symlinkSync('/usr/bin/gcc', join(folder, 'host/bin/x86_64-buildroot-linux-gnu-gcc'));
  execFileSync('sh', [script('post-build.sh'), folder], {
    env: { PATH: '/usr/bin:/bin', HOST_DIR: join(folder, 'host') },
  });
  const names = readdirSync(join(buildVm, 'guest')).sort();
  expect(readdirSync(join(folder, 'vmb')).sort()).toEqual([...names, 'rooted.so'].sort());
  for (const name of names) {
    const [ours, theirs] = [join(buildVm, 'guest', name), join(folder, 'vmb', name)];
    expect(readFileSync(theirs).equals(readFileSync(ours))).toBe(true);
    const isScript = readFileSync(ours, 'utf8').startsWith('#!');
    expect([name, statSync(theirs).mode & 0o777]).toEqual([name, isScript ? 0o755 : 0o644]);
  }
  expect(readlinkSync(join(folder, 'init'))).toBe('vmb/init');
});

test('the kernel becomes the build-VM', () => {
  writeFileSync(join(folder, 'bzImage'), 'kernel');
  execFileSync('sh', [script('post-image.sh'), folder], { env: { PATH: '/usr/bin:/bin', BUILD_DIR: folder } });
  expect(readFileSync(join(folder, 'build-vm.efi'), 'utf8')).toBe('kernel');
});

test('every file that the tree names is there', () => {
  const texts = ['configs/vmb_x86_64_defconfig', 'external.mk'].map((name) => readFileSync(join(tree, name), 'utf8'));
  const paths = texts.flatMap((text) =>
    [...text.matchAll(/\$\(BR2_EXTERNAL_VMB_PATH\)([^\s"]+)/g)].map(([, path = '']) => path),
  );
  expect(paths.length).toBeGreaterThan(4);
  expect(paths.filter((path) => !existsSync(join(tree, path)))).toEqual([]);
  // Buildroot finds the tree by these.
  expect(['Config.in', 'external.desc', 'external.mk'].every((name) => existsSync(join(tree, name)))).toBe(true);
});
