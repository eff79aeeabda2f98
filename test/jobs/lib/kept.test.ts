// What filesystems cannot keep of files is a mistake in the build file, found without a boot.
import { expect, test } from 'vitest';
import { job as copyIn } from '../../../jobs/copy-in.ts';
import { job as createDisk } from '../../../jobs/create-disk.ts';
import { job as format } from '../../../jobs/format.ts';
import { job as initramfs } from '../../../jobs/initramfs.ts';
import { job as run } from '../../../jobs/run.ts';
import { job as tarIn } from '../../../jobs/tar-in.ts';
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
])('refuses %s', (_, options) => {
  expect(mistakeIn(copyIn, options, world)).toMatchSnapshot();
});

test('takes the longest name that there is room for', () => {
  for (const to of [`ext2:/${'ä'.repeat(127)}a`, `fat32:/${'ä'.repeat(255)}`, 'ext2:/a:b']) {
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
  expect(guestWork(tarIn, { from: 'a.tar', to: 'ext2:/' }, world).effects.notes).toEqual([]);
});

test('owners have numbers as large as there is room for', () => {
  const owned = (owner: string) => ({ to: 'minix:/x', content: '', owner });
  expect(mistakeIn(copyIn, owned('65536:0'), world)).toMatchInlineSnapshot(
    `"owner: "minix" cannot keep the owner 65536:0, because it is minix; choose numbers up to 65535 for the user and 65535 for the group"`,
  );
  expect(guestWork(copyIn, owned('65535:65535'), world).effects.title).toBe('copy a text to minix:/x');
});

test.each(['swap', 'ntfs'])('there are no places in %s, and nothing to mount', (type) => {
  expect(mistakeIn(copyIn, { to: `${type}:/x`, content: '' }, world)).toMatchSnapshot();
  expect(mistakeIn(run, { command: 'true', mount: { '/mnt': type } }, world)).toMatchSnapshot();
});
