// What filesystems cannot keep of files is a mistake in the build file, found without a boot.
import { expect, test } from 'vitest';
import { job as copyIn } from '../../../jobs/copy-in.ts';
import { job as copyOut } from '../../../jobs/copy-out.ts';
import { job as createDisk } from '../../../jobs/create-disk.ts';
import { job as dd } from '../../../jobs/dd.ts';
import { job as exportJob } from '../../../jobs/export.ts';
import { job as format } from '../../../jobs/format.ts';
import { job as hash } from '../../../jobs/hash.ts';
import { job as initramfs } from '../../../jobs/initramfs.ts';
import type { Job } from '../../../jobs/lib/job.ts';
import { job as remove } from '../../../jobs/remove.ts';
import { job as run } from '../../../jobs/run.ts';
import { job as tarIn } from '../../../jobs/tar-in.ts';
import { job as tarOut } from '../../../jobs/tar-out.ts';
import { type Entry, guestWork, mistakeIn, worldAfter } from '../planning.ts';

const disk = (type: string): readonly Entry[] => [
  [createDisk, { disk: type, size: '64MiB' }],
  [format, { volume: type, type }],
];
const world = worldAfter(...['fat32', 'ext2', 'minix', 'swap', 'ntfs'].flatMap(disk));

test.each([
  ['a letter too many, in bytes', { to: `ext2:/${'ä'.repeat(128)}`, content: '' }],
  ['a letter too many, in characters', { to: `fat32:/${'😀'.repeat(128)}`, content: '' }],
  ['a colon on FAT', { to: 'fat32:/a:b/c', content: '' }],
  ['a control character on FAT', { to: 'fat32:/a\nb', content: '' }],
  ['a colon on NTFS', { to: 'ntfs:/a:b/c', content: '' }],
  ['a device on NTFS', { to: 'ntfs:/Aux.tar.gz/c', content: '' }],
  ['a dot at the end on NTFS', { to: 'ntfs:/a./c', content: '' }],
])('refuses %s', (_, options) => {
  expect(mistakeIn(copyIn, options, world)).toMatchSnapshot();
});

test('takes the longest name that there is room for', () => {
  const names = [`ext2:/${'ä'.repeat(127)}a`, `fat32:/${'ä'.repeat(255)}`, 'ext2:/a:b', 'ntfs:/.con/console'];
  for (const to of names) {
    expect(guestWork(copyIn, { to, content: '' }, world).effects.title).toBe(`copy a text to ${to}`);
  }
});

test('refuses a file that is too long for any of its kind', () => {
  const large = { ...world, sourceBytes: () => 2 ** 32 };
  expect(mistakeIn(copyIn, { to: 'fat32:/x', from: 'large' }, large)).toMatchInlineSnapshot(
    `"from: "fat32" cannot hold a file of 4GiB, because it is fat32; take one of 4294967295 bytes or less, or another filesystem"`,
  );
  expect(guestWork(copyIn, { to: 'ext2:/x', from: 'large' }, large).effects.title).toBe('copy large to ext2:/x');
});

test('other jobs that write names say the same', () => {
  expect(mistakeIn(initramfs, { from: 'ext2:/', to: 'fat32:/a?' }, world)).toMatchInlineSnapshot(
    `"to: "fat32" cannot hold "a?", which has the character "?", because it is fat32; choose another name"`,
  );
  expect(mistakeIn(tarIn, { from: 'a.tar', to: 'fat32:/a?' }, world)).toMatchInlineSnapshot(
    `"to: "fat32" cannot hold "a?", which has the character "?", because it is fat32; choose another name"`,
  );
});

test('the plan says what of an archive is lost', () => {
  expect(guestWork(tarIn, { from: 'a.tar', to: 'fat32:/' }, world).effects.notes).toMatchInlineSnapshot(`
    [
      ""fat32" drops owners, modes and extended attributes, because it is fat32",
      ""fat32" has no symbolic links and hard links, and the step fails at the first, because it is fat32",
    ]
  `);
  expect(guestWork(tarIn, { from: 'a.tar', to: 'ntfs:/' }, world).effects.notes).toEqual([
    '"ntfs" drops owners, modes and extended attributes, because it is ntfs',
  ]);
  expect(guestWork(tarIn, { from: 'a.tar', to: 'ext2:/' }, world).effects.notes).toEqual([]);
});

test.each<[Job, Record<string, unknown>]>([
  [copyIn, { to: 'ntfs:/x', content: '' }],
  [copyOut, { from: 'ntfs:/', as: 'x' }],
  [dd, { from: 'ntfs:/x', to: 'ext2', length: 1, 'over-filesystem': true }],
  [hash, { of: 'ntfs:/x' }],
  [initramfs, { from: 'ext2:/', to: 'ntfs:/x' }],
  [remove, { what: 'ntfs:/x' }],
  [run, { command: 'true', mount: { '/mnt': 'ntfs' } }],
  [run, { command: 'true', chroot: 'ntfs' }],
  [run, { command: 'true', chroot: 'ext2', mount: { '/mnt': 'ntfs' } }],
  [tarIn, { from: 'a.tar', to: 'ntfs:/' }],
  [tarOut, { from: 'ntfs:/', as: 'x.tar' }],
  [exportJob, { disk: 'ntfs', as: 'x.img' }],
])('where the driver is a tool, the step of %# has the tools', (job, options) => {
  const { effects, script } = guestWork(job, options, world);
  expect(effects.tools).toBe(true);
  expect(script.indexOf('vmb_tools\n')).toBeLessThan(script.indexOf("'ntfs-3g'"));
  expect(script.indexOf('vmb_tools\n')).not.toBe(-1);
});

test('owners have numbers as large as there is room for', () => {
  const owned = (owner: string) => ({ to: 'minix:/x', content: '', owner });
  expect(mistakeIn(copyIn, owned('65536:0'), world)).toMatchInlineSnapshot(
    `"owner: "minix" cannot keep the owner 65536:0, because it is minix; choose numbers up to 65535 for the user and 65535 for the group"`,
  );
  expect(guestWork(copyIn, owned('65535:65535'), world).effects.title).toBe('copy a text to minix:/x');
});

test('there are no places in swap, and nothing to mount', () => {
  expect(mistakeIn(copyIn, { to: 'swap:/x', content: '' }, world)).toMatchSnapshot();
  expect(mistakeIn(run, { command: 'true', mount: { '/mnt': 'swap' } }, world)).toMatchSnapshot();
});
