// `vmb diff` of what needs no VM, and what is said where one would be needed.
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bench, makeBench } from '../run-vmb.ts';
import { resetScript, script } from '../scripted-adapter.ts';

let bench: Bench;
beforeEach(async () => {
  resetScript();
  bench = await makeBench();
  for (const name of ['one', 'other']) {
    await mkdir(join(bench.folder, name));
    await writeFile(join(bench.folder, name, 'same'), 'same');
    await writeFile(join(bench.folder, name, 'text'), `this is in ${name}`);
  }
  await symlink('text', join(bench.folder, 'one/link'));
});
afterEach(() => bench.remove());

test('folders, as text and as JSON', async () => {
  expect(await bench.vmb('diff', 'one', 'other')).toMatchInlineSnapshot(`
    {
      "exitCode": 3,
      "stderr": "",
      "stdout": "/link: only in the first (link)
    /text: content: 14 bytes, sha256 38bb5983ba0ba9d0…, and 16 bytes, sha256 313628f0f7eb6828…
    ",
    }
  `);
  const { exitCode, stdout } = await bench.vmb('diff', 'one', 'other', '--json');
  expect([exitCode, JSON.parse(stdout)]).toEqual([
    3,
    {
      schema: 1,
      one: 'one',
      other: 'other',
      equal: false,
      differences: [
        { volume: 0, path: '/link', what: 'entry', one: 'link' },
        {
          volume: 0,
          path: '/text',
          what: 'content',
          one: '14 bytes, sha256 38bb5983ba0ba9d0af7dbdceda509017e5cdbeffca575512fefb1fa4519e058f',
          other: '16 bytes, sha256 313628f0f7eb6828543648efbd627d6de1c22a1fd127c58b6c76e0c5460497b3',
        },
      ],
    },
  ]);
});

test('no name reaches a terminal as it is', async () => {
  await writeFile(join(bench.folder, 'one/\u009b2J\u001b[m\u202e'), '');
  const text = (await bench.vmb('diff', 'one', 'other')).stdout;
  expect(text).toContain('/\\x9b2J\\x1b[m\\u202e: only in the first (file)\n');
  const json = (await bench.vmb('diff', 'one', 'other', '--json')).stdout;
  expect(json).toContain('"/\\u009b2J\\u001b[m\\u202e"');
});

test('what is equal to the byte needs no VM, images neither', async () => {
  expect(await bench.vmb('diff', 'one/same', 'other/same')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  for (const name of ['a.img', 'b.img']) {
    await writeFile(join(bench.folder, name), '');
    await truncate(join(bench.folder, name), 1024 * 1024);
  }
  expect(await bench.vmb('diff', 'a.img', 'b.img', '--json')).toMatchObject({ exitCode: 0 });
  expect(script.calls).toEqual([]);
});

test('files: where they differ first', async () => {
  expect(await bench.vmb('diff', 'one/text', 'other/text')).toMatchInlineSnapshot(`
    {
      "exitCode": 3,
      "stderr": "",
      "stdout": "content: 14 bytes, sha256 38bb5983ba0ba9d0…, and 16 bytes, sha256 313628f0f7eb6828…
    bytes: they differ first at byte 12
    ",
    }
  `);
  expect(await bench.vmb('diff', 'one/text', 'other')).toMatchInlineSnapshot(`
    {
      "exitCode": 3,
      "stderr": "",
      "stdout": "type: file, and folder
    ",
    }
  `);
});

test.each([
  ['what is not there', ['one', 'nothing']],
  ['an argument too few', ['one']],
  ['two VMMs', ['a.img', 'b.img', '--vmm', 'scripted,scripted']],
  ['no build-VM', ['a.img', 'b.img']],
])('%s', async (_, argv) => {
  await writeFile(join(bench.folder, 'a.img'), Buffer.alloc(65_536));
  await writeFile(join(bench.folder, 'b.img'), Buffer.alloc(65_536, 1));
  expect(await bench.vmb('diff', ...argv)).toMatchSnapshot();
});

test('a disk in the format of a VMM is no file whose bytes would say anything', async () => {
  await writeFile(join(bench.folder, 'one.img'), Buffer.alloc(65_536));
  await writeFile(join(bench.folder, 'other.qcow2'), Buffer.from('QFI\xfb'.padEnd(65_536, '\0'), 'latin1'));
  const { exitCode, stderr } = await bench.vmb('diff', 'one.img', 'other.qcow2');
  expect([exitCode, stderr]).toMatchInlineSnapshot(`
    [
      2,
      "vmb diff: "/bench/other.qcow2" is a qcow2 disk; convert it with \`qemu-img convert -f qcow2 -O raw\`, and compare what comes out.
    ",
    ]
  `);
});
