// squashfs, erofs and udf: filled by the same jobs as every other filesystem, equal bytes for equal content where export makes
// them, and read back by the programs of others.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finished, makeVmb, type Vmb } from '../vmb.ts';

const volumes = { 1: 'squashfs', 2: 'erofs', 3: 'udf' } as const;
const mebibyte = 1024 * 1024;
let vmb: Vmb;
let first: Finished;
let second: Finished;

const layout = `
[[job]]
use = "create-disk"
disk = "main"
size = "40MiB"

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
${type === 'udf' ? 'label = "größe"\nuuid = "1a2b3c4d5e6f7081"' : ''}
`,
  )
  .join('')}`;

/** The same content, after another history. */
const filled = (history: string) => `${layout}
[[job]]
use = "run"
command = '''
for volume in 1 2 3; do
  cd /mnt/$volume
  ${history}
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
mount = { "/mnt/1" = "main:1", "/mnt/2" = "main:2", "/mnt/3" = "main:3" }

[[job]]
use = "export"
disk = "main"
as = "main.img"
`;

beforeAll(async () => {
  vmb = makeVmb();
  await vmb.addBuild('image', filled('true'));
  first = await vmb.run('build', '--repo', 'test', '--name', 'image', '--out', 'first');
  await vmb.addBuild('image', filled('mkdir lost+found old; seq 5000 > old/file; sleep 1; rm -r lost+found old'));
  second = await vmb.run('build', '--repo', 'test', '--name', 'image', '--out', 'second');
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

test('equal content is equal bytes', () => {
  for (const number of [1, 2]) {
    const bytes = readFileSync(partition('first', number));
    expect(bytes.length).toBe(12 * mebibyte);
    expect(bytes.equals(readFileSync(partition('second', number)))).toBe(true);
  }
});

test('blkid knows them, with their labels and ids', () => {
  const known = [1, 2, 3].map((number) => {
    return output('blkid', '-o', 'export', partition('first', number)).split('\n').slice(1).sort().join(' ').trim();
  });
  expect(known).toMatchInlineSnapshot(`
    [
      "TYPE=squashfs",
      "BLOCK_SIZE=4096 TYPE=erofs UUID=791ac333-369a-8d33-88b0-3da582ec86d9",
      "BLOCK_SIZE=512 LABEL=grM-CM-6M-CM-^_e TYPE=udf UUID=1a2b3c4d5e6f7081",
    ]
  `);
});

test('unsquashfs finds what was written', () => {
  const list = output('unsquashfs', '-lln', '-UTC', partition('first', 1));
  expect(list.replace(/ +/g, ' ')).toMatchInlineSnapshot(`
    "drwxr-xr-x 0/0 26 2026-01-01 00:00 squashfs-root
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
    'numfiles=3',
    'numdirs=3',
    'udfrev=2.01',
    'integrity=closed',
  ]);
});
