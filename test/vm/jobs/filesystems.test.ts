// Every filesystem that vmb formats: filled, judged by programs of the host, read back by a boot of its own, and made again by
// another history, in other sessions and later.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Keeps } from '../../../jobs/lib/filesystem.ts';
import { filesystemKind } from '../../../jobs/lib/filesystems.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { run } from '../border/vm.ts';
import { makeVmb, type Vmb } from '../vmb.ts';
import { type FilesystemRow, filesystemRows } from './filesystem-rows.ts';
import { abilities, expectedLines, fillFunction, tellFunction } from './filesystem-tree.ts';

let vmb: Vmb;
const told = new Map<string, string[]>();
const layouts = new Map<string, string>();
const rows = filesystemRows.map((row) => [row.type, row] as const);

function keepsOf({ type }: FilesystemRow): Keeps {
  return filesystemKind(type).keeps({ type, label: '', id: '', settings: {} });
}

const each = (piece: (row: FilesystemRow) => string, some = filesystemRows) => some.map(piece).join('');
const mountable = filesystemRows.filter(({ type }) => 'type' in filesystemKind(type).mount);
const mounts = mountable.map(({ type }) => `"/fs/${type}" = "${type}"`).join(', ');

function made({ type, sizeMebibytes, label, uuid }: FilesystemRow): string {
  return `
[[job]]
use = "create-disk"
disk = "${type}"
size = "${sizeMebibytes}MiB"
[[job]]
use = "format"
volume = "${type}"
type = "${type}"
${label === undefined ? '' : `label = "${label}"`}
${uuid === undefined ? '' : `uuid = "${uuid}"`}
`;
}

function withAttributes(row: FilesystemRow): string {
  if (!keepsOf(row).attributes) return '';
  return `
[[job]]
use = "copy-in"
content = "with attributes\\n"
to = "${row.type}:/attributes"
xattrs = { "user.origin" = "vmb" }
`;
}

function filled(order: string, before: string): string {
  return `
[[job]]
use = "run"
mount = { ${mounts} }
command = '''
order="${order}"
${fillFunction}
${before}
${each((row) => `fill /fs/${row.type} ${abilities(keepsOf(row))}\n`, mountable)}
'''
`;
}

/** A session of its own: what comes before it is another boot than what comes after. */
const cut = `
[[job]]
use = "run"
command = "true"
privileged = true
`;
const exported = each(({ type }) => `\n[[job]]\nuse = "export"\ndisk = "${type}"\nas = "${type}.img"\n`);
const out = (round: string, type: string) => join(vmb.folder, round, `${type}.img`);

async function build(round: string, jobs: string): Promise<number> {
  await vmb.addBuild('filesystems', jobs);
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'filesystems', '--out', round, '--json');
  expect(finished.exitCode, `${finished.stdout.slice(-3000)}${finished.stderr}`).toBe(0);
  const record = JSON.parse(readFileSync(join(vmb.folder, round, 'filesystems.record.json'), 'utf8'));
  for (const { facts } of record.steps) {
    for (const [name, value] of Object.entries<string>(facts)) {
      if (name.startsWith('layout.'))
        layouts.set(`${round} ${name.slice('layout.'.length)}`, value.split(',')[0] ?? '');
    }
  }
  return record.sessions.length;
}

/** Mounts what was exported, in a VM that knows nothing of the build, and keeps the lines of each. */
async function readBack(): Promise<void> {
  const script = each(({ type }) => {
    const { mount } = filesystemKind(type);
    if ('impossible' in mount) return '';
    const options = ['ro', ...(mount.options === '' ? [] : [mount.options])].join(',');
    return `vmb_mount /dev/vmb/${type} /mnt/${type} ${mount.type} ${options}\necho '== ${type}'\ntell /mnt/${type}\n`;
  }, mountable);
  const images = Object.fromEntries(filesystemRows.map(({ type }) => [type, out('first', type)]));
  const read = await run({ images, steps: [{ script: `vmb_tools\n${tellFunction}\n${script}`, tools: true }] });
  expect(read.error).toBeUndefined();
  for (const part of read.output(1).toString().split('== ').slice(1)) {
    const [type = '', ...lines] = part.trimEnd().split('\n');
    told.set(type, lines.sort());
  }
}

beforeAll(async () => {
  vmb = makeVmb();
  const all = each(made);
  const attributes = each(withAttributes, mountable);
  expect(await build('first', `${all}${filled('sort -n', '')}${attributes}${exported}`)).toBe(1);
  const junk = each(({ type }) => `junk /fs/${type}\n`, mountable);
  const again = `${all}${cut}${attributes}${filled('sort -rn', `${junk}sleep 1.1`)}${cut}${exported}`;
  expect(await build('second', again)).toBe(5);
  await readBack();
});
afterAll(() => vmb.remove());

test('ntfs is read by programs of ntfs-3g, too, which need no driver', async () => {
  const image = out('first', 'ntfs');
  const { stdout } = await localCommands.run('ntfscat', [image, 'a folder/grüße/日本.txt']);
  expect(stdout).toBe('both');
  const found = await localCommands.run('ntfsls', ['-p', '/many', image]);
  const names = Array.from({ length: 60 }, (_, index) => `file ${index + 1}`);
  const links = [1, 2, 3].map((number) => `again ${number}`);
  expect(found.stdout.trimEnd().split('\n').sort()).toEqual(['.', ...links, ...names].sort());
});

describe.each(rows)('%s', (type, row) => {
  test('its checker finds nothing', async () => {
    const [program, ...args] = row.check(out('first', type));
    await localCommands.run(program, args);
  });

  test('blkid knows its type, label and id', async () => {
    const { stdout } = await localCommands.run('blkid', ['-p', '-o', 'export', out('first', type)]);
    const found = new Map(stdout.split('\n').map((line): [string, string] => [line.split('=')[0] ?? '', line]));
    const facts = Object.keys(row.blkid).map((name) => found.get(name)?.replaceAll('\\ ', ' '));
    expect(facts).toEqual(Object.entries(row.blkid).map(([name, value]) => `${name}=${value}`));
  });

  if (mountable.includes(row)) {
    test('another boot reads what was written', () => {
      // Only a fresh layout makes times later than the epoch the epoch.
      const lines = told.get(type)?.filter((line) => row.layout === 'fresh' || !line.startsWith('later than'));
      expect(lines).toEqual(expectedLines(keepsOf(row)));
    });
  }

  test('export says how it was laid out', () => {
    const found = ['first', 'second'].map((round) => layouts.get(`${round} ${type}`) ?? 'kept');
    expect(found).toEqual([row.layout, row.layout]);
  });

  test('another history, other sessions and another time: whether the bytes are the same', () => {
    expect(readFileSync(out('first', type)).equals(readFileSync(out('second', type)))).toBe(row.isEqual);
  });
});
