// remove: what goes by name and what by pattern, as real commands on this machine, and what is refused.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { job } from '../../jobs/remove.ts';
import { localCommands } from '../../vmm-adapters/lib/command.ts';
import { formatted, twoPartitions } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';
import { temporaryFolder } from './scripts.ts';

const world = worldAfter(...formatted);

test('one file', () => {
  const { effects, script } = guestWork(job, { what: "main:2:/etc/it's $(id)" }, world);
  expect(effects).toEqual({ title: "remove main:2:/etc/it's $(id)" });
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt/1' 'ext4' 'rw'
    vmb_inside '/mnt/1' '/etc'
    set -- "$VMB_PATH"/'it'\\''s $(id)'
    : > /tmp/found
    if [ -e "$1" ] || [ -L "$1" ]; then printf '%s\\0' "$1" > /tmp/found; fi
    find -files0-from /tmp/found -delete
    [ -s /tmp/found ] || vmb_fail 'main:2:/etc/it'\\''s $(id) is not there. Correct it, or write missing = "ok".'
    "
  `);
});

test('patterns and folders of two volumes, which may be missing', () => {
  const what = ['main:2:/var/[ab]*/c\\d/', 'main:1:/EFI/', 'main:2:/*'];
  const { effects, script } = guestWork(job, { what, missing: 'ok' }, world);
  expect(effects).toEqual({ title: 'remove main:2:/var/[ab]*/c\\d/ and 2 more' });
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt/1' 'ext4' 'rw'
    vmb_inside '/mnt/1' '/var'
    : > /tmp/found
    if [ -d "$VMB_PATH" ]; then
      cd "$VMB_PATH"
      find . -mindepth 2 -maxdepth 2 -path './[ab]*/c\\\\d' '-type' 'd' -print0 > /tmp/found
      find -files0-from /tmp/found -delete
      cd /
    fi
    vmb_mount '/dev/vmb/main-part1' '/mnt/2' 'vfat' 'rw,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
    vmb_inside '/mnt/2' '/'
    set -- "$VMB_PATH"/'EFI'
    : > /tmp/found
    if [ -d "$1" ] && [ ! -L "$1" ]; then printf '%s\\0' "$1" > /tmp/found; fi
    find -files0-from /tmp/found -delete
    vmb_inside '/mnt/1' '/'
    : > /tmp/found
    if [ -d "$VMB_PATH" ]; then
      cd "$VMB_PATH"
      find . -mindepth 1 -maxdepth 1 -path './*'  -print0 > /tmp/found
      find -files0-from /tmp/found -delete
      cd /
    fi
    "
  `);
});

test.each([
  [{}],
  [{ what: 5 }],
  [{ what: [] }],
  [{ what: 'main:2' }],
  [{ what: 'main:2:/' }],
  [{ what: 'main:2:/.' }],
  [{ what: ['main:2:/a', 'main:2:/../b'] }],
  [{ what: ['main:2:/a', 'main:2://a'] }],
  [{ what: 'main:2:/a[/b]' }],
  [{ what: 'main:2:/a[]' }],
  [{ what: 'main:2:/[a][' }],
  [{ what: 'main:3:/a' }],
  [{ what: 'main:2:/a', missing: true }],
])('refuses %j', (options) => {
  expect(mistakeIn(job, options, world)).toMatchSnapshot();
});

test.each(['/[[]', '/[]]', '/[!]a]', '/[a-z]', '/a]'])('%s is a pattern or a name', (path) => {
  expect(guestWork(job, { what: `main:2:${path}` }, world).effects.title).toBe(`remove main:2:${path}`);
});

test('a pattern of any length is looked at in one pass', () => {
  const begun = performance.now();
  for (const path of ['['.repeat(500_000), '[a]'.repeat(150_000) + '['.repeat(100_000)]) {
    expect(mistakeIn(job, { what: `main:2:/${path}` }, world)).toContain('because no "]" closes the "["');
  }
  // Some milliseconds; with the square of the length it was minutes.
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test('refuses a volume that is not formatted yet', () => {
  expect(mistakeIn(job, { what: 'main:2:/x' }, worldAfter(...twoPartitions))).toMatchInlineSnapshot(
    `"what: the volume "main:2" has no filesystem here, because no step before this one formats it; put a format before it"`,
  );
});

const functions = fileURLToPath(new URL('../../build-vm/guest/functions.sh', import.meta.url));

/** Runs the script with the guest's own functions on a folder that stands for the mounted volume; all names that are left. */
async function leftAfter(
  names: readonly string[],
  what: string | readonly string[],
  missing?: 'ok',
): Promise<string[]> {
  const folder = await temporaryFolder();
  const volume = join(folder, 'volume');
  mkdirSync(join(volume, 'etc'), { recursive: true });
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(folder, 'outside', 'file'), 'stays\n');
  for (const name of names) {
    const [path = '', target] = name.split(' -> ');
    mkdirSync(join(volume, path, '..'), { recursive: true });
    if (target !== undefined) symlinkSync(target.replace('OUTSIDE', join(folder, 'outside')), join(volume, path));
    else if (path.endsWith('/')) mkdirSync(join(volume, path));
    else writeFileSync(join(volume, path), '');
  }
  const { script } = guestWork(job, { what, ...(missing === undefined ? {} : { missing }) }, world);
  const here = script.replaceAll("'/mnt/1'", `'${volume}'`).replaceAll('/tmp/found', join(folder, 'found'));
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', vmb_guest: join(functions, '..') };
  const prelude = `. '${functions}'\nvmb_mount() { :; }\n`;
  await localCommands.run('sh', ['-eu', '-c', prelude + here], { cwd: folder, env });
  expect(readFileSync(join(folder, 'outside', 'file'), 'utf8')).toBe('stays\n');
  const { stdout } = await localCommands.run('find', ['.', '-mindepth', '1', '-printf', '%P\\0'], { cwd: volume, env });
  return stdout
    .split('\0')
    .filter((path) => path !== '' && path !== 'etc')
    .sort();
}

const tree = [
  'a/1',
  'a/.2',
  'a/sub/1',
  'b/1',
  'c -> a',
  'out -> OUTSIDE',
  'up -> ../../outside',
  '-n',
  'two\nlines',
  '$(id)',
];
const all = ['$(id)', '-n', 'a', 'a/.2', 'a/1', 'a/sub', 'a/sub/1', 'b', 'b/1', 'c', 'out', 'two\nlines', 'up'];
const without = (...gone: string[]) => all.filter((path) => !gone.includes(path));

test.each<[string, string[]]>([
  ['/a/1', ['a/1']],
  ['/a', ['a', 'a/.2', 'a/1', 'a/sub', 'a/sub/1']],
  ['/a/', ['a', 'a/.2', 'a/1', 'a/sub', 'a/sub/1']],
  ['/c', ['c']],
  ['/c/1', ['a/1']],
  ['/out', ['out']],
  ['/up', ['up']],
  ['/-n', ['-n']],
  ['/$(id)', ['$(id)']],
  ['/two\nlines', ['two\nlines']],
  ['/two?lines', ['two\nlines']],
  ['/a/*', ['a/.2', 'a/1', 'a/sub', 'a/sub/1']],
  ['/a/*/', ['a/sub', 'a/sub/1']],
  ['/*/1', ['a/1', 'b/1']],
  ['/*', all],
  ['/[!a-z]*', ['$(id)', '-n']],
  ['/o*', ['out']],
  ['/c/*', ['a/.2', 'a/1', 'a/sub', 'a/sub/1']],
])('%j takes away what it says, and follows no link out', async (path, gone) => {
  expect(await leftAfter(tree, `main:2:${path}`)).toEqual(without(...gone));
});

test.each(['/none', '/none/*', '/o*/file', '/out/file', '/up/file', '/c/', '/a/1/', '/a/1/x', '/a/x*'])(
  '%j is missing, which is an error unless it is said to be none',
  async (path) => {
    expect(await leftAfter(tree, `main:2:${path}`, 'ok')).toEqual(all);
    await expect(leftAfter(tree, `main:2:${path}`)).rejects.toThrow(
      /(is not there|Nothing matches .*)\. Correct it, or write missing = "ok"\./,
    );
  },
);

test('a * and a backslash in names', async () => {
  expect(await leftAfter(['a*', 'ab', 'a\\b', 'a\\c'], ['main:2:/a[*]', 'main:2:/a\\b', 'main:2:/?\\[c]'])).toEqual([
    'ab',
  ]);
});
