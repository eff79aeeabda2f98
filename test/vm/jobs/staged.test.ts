// squashfs, erofs, udf, ufs and ufs2: filled by the same jobs as every other filesystem, equal bytes for equal content where export
// makes them, and read back by another boot and by the programs of others.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Keeps, unixKeeps } from '../../../jobs/lib/filesystem.ts';
import { filesystemKind } from '../../../jobs/lib/filesystems.ts';
import { type Run, run } from '../border/vm.ts';
import { checkUfs } from '../build-vm/check-ufs.ts';
import { type Finished, makeVmb, type Vmb } from '../vmb.ts';
import { abilities, expectedLines, fillFunction, tellFunction } from './filesystem-tree.ts';

const volumes = { 1: 'squashfs', 2: 'erofs', 3: 'udf', 4: 'ufs', 5: 'ufs2' } as const;
const numbers = [1, 2, 3, 4, 5] as const;
const mebibyte = 1024 * 1024;
const treeKeeps: Keeps = { ...unixKeeps, attributes: false, largestFileBytes: 0 };
let vmb: Vmb;
let first: Finished;
let second: Finished;
let read: Run;

const options: ReadonlyMap<string, string> = new Map([
  ['udf', 'label = "größe"\nuuid = "1a2b3c4d5e6f7081"'],
  ['ufs', 'uuid = "1a2b3c4d5e6f7082"'],
  ['ufs2', 'label = "a-label"\nuuid = "1a2b3c4d5e6f7083"'],
]);

const layout = `
[[job]]
use = "create-disk"
disk = "main"
size = "64MiB"

[[job]]
use = "label"
disk = "main"
type = "gpt"
${Object.entries(volumes)
  .map(
    ([number, type]) => `
[[job]]
use = "partition"
disk = "main"
size = "12MiB"

[[job]]
use = "format"
volume = "main:${number}"
type = "${type}"
${options.get(type) ?? ''}
`,
  )
  .join('')}`;

/** The same content, written in another order and after another history. */
const filled = (order: string, history: string) => `${layout}
[[job]]
use = "run"
command = '''
order="${order}"
${fillFunction}
for volume in ${numbers.join(' ')}; do
  cd /mnt/$volume
  ${history}
  mkdir tree
  fill /mnt/$volume/tree ${abilities(treeKeeps)}
  cd /mnt/$volume
  mkdir -p etc/deep
  seq 20000 > etc/numbers
  printf 'two words' > 'etc/deep/a name'
  chmod 4755 etc/numbers
  chown 7:8 'etc/deep/a name'
  ln -s deep/a\\ name etc/link
  ln etc/numbers etc/again
  touch -d '2020-02-02 02:02:02' etc/deep/a\\ name
done
'''
mount = { ${numbers.map((number) => `"/mnt/${number}" = "main:${number}"`).join(', ')} }

[[job]]
use = "export"
disk = "main"
as = "main.img"
`;

beforeAll(async () => {
  vmb = makeVmb();
  await vmb.addBuild('image', filled('sort -n', 'true'));
  first = await vmb.run('build', '--repo', 'test', '--name', 'image', '--out', 'first');
  await vmb.addBuild('image', filled('sort -rn', 'mkdir lost+found; junk /mnt/$volume; sleep 1; rmdir lost+found'));
  second = await vmb.run('build', '--repo', 'test', '--name', 'image', '--out', 'second');
  read = await readBack();
});
afterAll(() => vmb.remove());

const output = (file: string, ...args: readonly string[]) => execFileSync(file, args, { encoding: 'utf8' });

/** A partition as a file of its own. */
function partition(of: 'first' | 'second', number: number): string {
  const piece = join(vmb.folder, `${of}-${number}.img`);
  const range = ['bs=1M', `skip=${1 + (number - 1) * 12}`, 'count=12', 'status=none'];
  output('dd', `if=${join(vmb.folder, of, 'main.img')}`, `of=${piece}`, ...range);
  return piece;
}

test('both builds succeed, and the plan says what becomes of each volume', async () => {
  expect([first.exitCode, first.stderr, second.exitCode, second.stderr]).toEqual([0, '', 0, '']);
  const { stdout } = await vmb.run('plan', '--repo', 'test', '--name', 'image');
  expect(stdout).toContain('main:1 is an ext4 with the same files until export makes it squashfs');
});

/** Mounts what was exported in a VM that knows nothing of the build. */
async function readBack(): Promise<Run> {
  const told = numbers.map((number) => {
    const { mount, exported = mount } = filesystemKind(volumes[number]);
    if ('impossible' in exported) throw new Error(`${volumes[number]} holds no files`);
    const options = ['ro', ...(exported.options === '' ? [] : [exported.options])].join(',');
    return `vmb_mount /dev/vmb/volume${number} /mnt/${number} ${exported.type} ${options}\ntell /mnt/${number}/tree`;
  });
  const images = Object.fromEntries(numbers.map((number) => [`volume${number}`, partition('first', number)]));
  return run({ images, steps: told.map((script) => ({ script: `${tellFunction}\n${script}` })) });
}

test.each(numbers)('another boot reads what was written to volume %i', (number) => {
  const lines = read.output(number).toString().trimEnd().split('\n').sort();
  const expected = expectedLines(treeKeeps);
  if (volumes[number] !== 'udf') expect(lines).toEqual(expected);
  else {
    // UDF keeps its times as they were written, and the parts of a link's path without the last slash.
    const kept = lines.filter((line) => !line.startsWith('later than'));
    expect(kept).toEqual(expected.map((line) => line.replace(/^(l .*)\/$/, '$1')));
  }
});

test('equal content is equal bytes', () => {
  for (const number of [1, 2, 4, 5]) {
    const bytes = readFileSync(partition('first', number));
    expect(bytes.length).toBe(12 * mebibyte);
    expect(bytes.equals(readFileSync(partition('second', number)))).toBe(true);
  }
});

test('blkid knows them, with their labels and ids', () => {
  const known = numbers.map((number) => {
    return output('blkid', '-o', 'export', partition('first', number)).split('\n').slice(1).sort().join(' ').trim();
  });
  expect(known).toMatchInlineSnapshot(`
    [
      "TYPE=squashfs",
      "BLOCK_SIZE=4096 TYPE=erofs UUID=791ac333-369a-8d33-88b0-3da582ec86d9",
      "BLOCK_SIZE=512 LABEL=grM-CM-6M-CM-^_e TYPE=udf UUID=1a2b3c4d5e6f7081",
      "BLOCK_SIZE=4096 TYPE=ufs UUID=1a2b3c4d5e6f7082",
      "BLOCK_SIZE=4096 LABEL=a-label TYPE=ufs UUID=1a2b3c4d5e6f7083",
    ]
  `);
});

test('unsquashfs finds what was written', () => {
  const list = output('unsquashfs', '-lln', '-UTC', partition('first', 1), 'etc');
  expect(list.replace(/ +/g, ' ')).toMatchInlineSnapshot(`
    "drwxr-xr-x 0/0 38 2026-01-01 00:00 squashfs-root
    drwxr-xr-x 0/0 67 2026-01-01 00:00 squashfs-root/etc
    -rwsr-xr-x 0/0 108894 2026-01-01 00:00 squashfs-root/etc/again
    drwxr-xr-x 0/0 29 2026-01-01 00:00 squashfs-root/etc/deep
    -rw-r--r-- 7/8 9 2020-02-02 02:02 squashfs-root/etc/deep/a name
    lrwxrwxrwx 0/0 11 2026-01-01 00:00 squashfs-root/etc/link -> deep/a name
    -rwsr-xr-x 0/0 108894 2026-01-01 00:00 squashfs-root/etc/numbers
    "
  `);
  expect(output('unsquashfs', '-cat', partition('first', 1), 'etc/deep/a name')).toBe('two words');
});

test('fsck.erofs takes out what was written', () => {
  const folder = join(vmb.folder, 'erofs');
  output('fsck.erofs', `--extract=${folder}`, partition('first', 2));
  expect(readFileSync(join(folder, 'etc/deep/a name'), 'utf8')).toBe('two words');
  // It takes out several names of a file as several files; dump.erofs tells what is there.
  const facts = output('dump.erofs', '--path=/etc/numbers', partition('first', 2));
  expect(facts).toMatch(/Links: 2 /);
  expect(output('stat', '-c', '%a %u:%g %Y', join(folder, 'etc/deep/a name'))).toBe('644 7:8 1580608922\n');
});

test('udfinfo is content', () => {
  const facts = output('udfinfo', '--utf8', partition('first', 3));
  expect(facts.split('\n').filter((line) => /^(label|uuid|integrity|numfiles|numdirs|udfrev)=/.test(line))).toEqual([
    'label=größe',
    'uuid=1a2b3c4d5e6f7081',
    'numfiles=73',
    'numdirs=20',
    'udfrev=2.01',
    'integrity=closed',
  ]);
});

test.each([
  [4, 1],
  [5, 2],
] as const)('the maps and counts of volume %i are right, and GRUB reads it', (number, version) => {
  const image = partition('first', number);
  expect(checkUfs(image, version)).toEqual([]);
  expect(output('grub-fstest', image, 'cat', '(loop0)/etc/deep/a name')).toBe('two words');
});
